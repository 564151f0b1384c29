package compare

import (
	"slices"
	"strings"

	"usher/matching/normal"
)

// Names is how two names stand to each other. It is symmetric.
func Names(a, b *normal.Name) Level {
	level, _ := names(a, b)
	return level
}

// pairing is which word of the shorter name goes with which of the longer.
type pairing struct {
	short, long *normal.Name
	partner     [maxWords]int8 // of each word of the shorter, -1 for none
	quality     [maxWords]likeness
	taken       [maxWords]bool // the words of the longer that have one
}

const maxWords = 6

func names(a, b *normal.Name) (Level, pairing) {
	p := pairing{short: a, long: b}
	if len(a.Tokens) > len(b.Tokens) || len(a.Tokens) == len(b.Tokens) && strings.Compare(a.Joined, b.Joined) > 0 {
		p.short, p.long = b, a
	}
	if len(p.short.Tokens) > 0 && otherNumbers(a, b) {
		return Contradiction, p
	}
	if len(p.short.Tokens) == 0 || onlyInitials(p.short) || onlyInitials(p.long) || disjoint(p.short, p.long) {
		return Null, p
	}
	p.pair()
	level := p.level()
	if level >= FamilyOnly && p.short.Joined == p.long.Joined {
		return FullClose, p
	}
	if level >= FamilyOnly && p.unreadable() {
		return Null, p
	}
	return level, p
}

// otherNumbers reports whether each name has a number that the other has not: two rooms, two desks. A number on one side only tells nothing, it may have been left out.
func otherNumbers(a, b *normal.Name) bool {
	return lacks(a, b.Numbers) && lacks(b, a.Numbers)
}

func lacks(n *normal.Name, numbers []string) bool {
	return slices.ContainsFunc(numbers, func(number string) bool { return !slices.Contains(n.Numbers, number) })
}

func onlyInitials(n *normal.Name) bool {
	for i := range n.Tokens {
		if !n.Tokens[i].Initial() {
			return false
		}
	}
	return true
}

// disjoint reports whether one has only given names and the other only a family name, told apart by their writing.
func disjoint(a, b *normal.Name) bool {
	onlyGiven := func(n *normal.Name) bool { return n.Family == len(n.Tokens) }
	onlyFamily := func(n *normal.Name) bool { return n.Family == 0 }
	return a.Sure && b.Sure && (onlyGiven(a) && onlyFamily(b) || onlyFamily(a) && onlyGiven(b))
}

// unreadable reports whether one name is in Han and the other is not: Japanese and the dialects read the characters otherwise.
func (p *pairing) unreadable() bool {
	return (p.short.Tokens[0].Script == normal.Han) != (p.long.Tokens[0].Script == normal.Han)
}

// pair gives the words partners, the most alike first; of equals the ones in the same place, then the earlier.
func (p *pairing) pair() {
	for i := range p.partner {
		p.partner[i] = -1
	}
	var table [maxWords][maxWords]likeness
	for i := range p.short.Tokens {
		for j := range p.long.Tokens {
			table[i][j] = alike(&p.short.Tokens[i], &p.long.Tokens[j], i >= p.short.Family && j >= p.long.Family)
		}
	}
	for want := equal; want > unlike; want-- {
		p.take(&table, want, true)
		p.take(&table, want, false)
	}
	p.merge()
}

// take pairs what is alike as wanted.
func (p *pairing) take(table *[maxWords][maxWords]likeness, want likeness, samePlace bool) {
	for i := range p.short.Tokens {
		for j := range p.long.Tokens {
			same := (i < p.short.Family) == (j < p.long.Family)
			if p.partner[i] < 0 && !p.taken[j] && table[i][j] == want && (same || !samePlace) {
				p.partner[i], p.quality[i], p.taken[j] = int8(j), want, true
			}
		}
	}
}

// merge pairs a word with two neighbours that are one word without the space: Annamaria, Anna Maria.
func (p *pairing) merge() {
	for i := range p.short.Tokens {
		for j := 0; p.partner[i] < 0 && j+1 < len(p.long.Tokens); j++ {
			if !p.taken[j] && !p.taken[j+1] && asOne(&p.short.Tokens[i], &p.long.Tokens[j], &p.long.Tokens[j+1]) {
				p.partner[i], p.quality[i], p.taken[j], p.taken[j+1] = int8(j), near, true, true
			}
		}
	}
}

// asOne reports whether a word is two others written as one, by its letters or, across scripts, by its sound.
func asOne(one, first, second *normal.Token) bool {
	if one.Script != first.Script {
		return normal.Bones(first.Text+second.Text) == one.Bones
	}
	return len(one.Text) == len(first.Text)+len(second.Text) && strings.HasPrefix(one.Text, first.Text) && strings.HasSuffix(one.Text, second.Text)
}

// tally is what the partners of the shorter name's words are like.
type tally struct {
	paired, full int // with a partner; with one that is more than an initial
	worst        likeness
	family       bool // a family name has a partner that is more than an initial
	given        bool // the first given names are partners, of each other or of another word
}

func (p *pairing) tally() tally {
	t := tally{worst: equal}
	for i := range p.short.Tokens {
		j := int(p.partner[i])
		if j < 0 {
			continue
		}
		t.paired++
		if p.quality[i] == initialOf {
			t.given = t.given || i == 0 && i < p.short.Family && j < p.long.Family && len(p.short.Tokens) > 2
			continue
		}
		t.full++
		t.worst = min(t.worst, p.quality[i])
		switch inFamily, inFamilyToo := i >= p.short.Family, j >= p.long.Family; {
		case inFamily && inFamilyToo:
			t.family = true
		case !inFamily && !inFamilyToo:
			t.given = t.given || i == 0 || j == 0
		case !p.short.Sure || !p.long.Sure || p.swapped(i, j):
			t.family = true
			t.given = t.given || i == 0 || j == 0
		}
	}
	return t
}

// swapped reports whether a word stands in the other column and so does its counterpart.
func (p *pairing) swapped(i, j int) bool {
	for k := range p.short.Tokens {
		other := int(p.partner[k])
		if other >= 0 && k != i && (k >= p.short.Family) == (j >= p.long.Family) && (other >= p.long.Family) == (i >= p.short.Family) {
			return true
		}
	}
	return false
}

func (p *pairing) level() Level {
	t := p.tally()
	switch {
	case p.oneSided():
		return t.single(len(p.short.Tokens))
	case t.paired == len(p.short.Tokens):
		return p.covered(t)
	case t.family && t.given:
		return FurtherDiffers
	case t.family:
		return FamilyOnly
	case t.given && t.full > 0:
		return GivenOnly
	}
	return Contradiction
}

// oneSided reports whether a name is a single word, or only given names or only a family's.
func (p *pairing) oneSided() bool {
	half := func(n *normal.Name) bool {
		return len(n.Tokens) == 1 || n.Sure && (n.Family == 0 || n.Family == len(n.Tokens))
	}
	return half(p.short) || half(p.long)
}

func (t tally) single(words int) Level {
	switch {
	case t.full == 0 && t.paired > 0:
		return Null
	case t.full == 0 || t.paired < words && t.full < 1:
		return Contradiction
	case t.worst >= near:
		return SingleExact
	case t.worst == fuzzy:
		return SingleFuzzy
	}
	return SingleLoose
}

// covered is the level of names of which every word of the shorter has a partner.
func (p *pairing) covered(t tally) Level {
	initials := t.paired - t.full
	switch {
	case t.full == 0:
		return Null
	case initials > 0 && t.family:
		return FamilyInitial
	case initials > 0:
		return GivenWeakFamily
	case t.worst == equal && len(p.short.Tokens) == len(p.long.Tokens):
		return FullExact
	case t.worst >= near:
		return FullClose
	case t.worst == fuzzy:
		return FullFuzzy
	}
	return FullLoose
}
