package normal

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The first list is Carlton Northern's (Apache-2.0, see NOTICE); the second is ours: other languages, and spellings of one name in several.
//
//go:embed nicknames_carltonnorthern.csv
var englishNicknames string

//go:embed nicknames.csv
var otherNicknames string

// nicknames numbers the names that have or are short forms, and lists for each the formal names it may stand for.
type nicknames struct {
	number map[string]uint16
	formal map[uint16][]uint16
}

var loadNicknames = sync.OnceValue(func() nicknames {
	n := nicknames{number: map[string]uint16{}, formal: map[uint16][]uint16{}}
	for line := range strings.Lines(englishNicknames + otherNicknames) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		if len(fields) != 3 || fields[1] != "has_nickname" {
			continue
		}
		name, nick := n.of(Roman(fields[0])), n.of(Roman(fields[2]))
		n.formal[nick] = append(n.formal[nick], name)
	}
	for _, formal := range n.formal {
		slices.Sort(formal)
	}
	return n
})

func (n nicknames) of(name string) uint16 {
	number, ok := n.number[name]
	if !ok {
		number = uint16(len(n.number) + 1)
		n.number[name] = number
		n.formal[number] = []uint16{number}
	}
	return number
}

// kin is a name's number and the formal names it may stand for, itself included.
func kin(name string) (uint16, []uint16) {
	n := loadNicknames()
	own := n.number[name]
	return own, n.formal[own]
}
