package normal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Numbers that stand alone are counted, whatever script, order and leading zeros they are written with; digits beside letters are a part of a word.
func TestNumbersOfANameStandAlone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"Meeting Room 12": {"12"}, "12 Meeting Room": {"12"}, "Room #007": {"7"}, "Room ١٢": {"12"}, "Room １２": {"12"}, "Room-12, Floor 3": {"12", "3"}, "Room 0": {"0"}, "Room 2 2": {"2"},
		"Anna92": nil, "3rd Floor": nil, "Room 12b": nil, "Ana Silva (2)": nil, "Louis XIV": nil, "Ana Silva 01761234567": nil, "Room 1️⃣": nil, "Ana Silva": nil,
		"Room 9 8 7 6 5 4 3 2": {"2", "3", "4", "5", "6", "7"},
	} {
		require.Equal(t, want, ParseName(name).Numbers, name)
	}
	require.Equal(t, []string{"12"}, NameOf("Room", "12").Numbers)
}

// Two rooms on one number are two keys, one room is one however its name is written, and a number alone is nobody's.
func TestNameKeyTellsNumbersApart(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Meeting Room 12": "12 meeting room", "12, Meeting Room": "12 meeting room", "Meeting Room 012": "12 meeting room", "Meeting Room 14": "14 meeting room", "Meeting Room": "meeting room",
		"Anna92": "anna", "Anna 1985": "1985 anna", "12": "", "+49 30 123": "",
	} {
		require.Equal(t, want, NameKey(name), name)
	}
}
