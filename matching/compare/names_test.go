package compare

import (
	"encoding/csv"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/normal"
)

// fits is what a level means for attaching, as matching.FitOf says; here so that the labelled pairs stand beside the comparison.
func fits(l Level) string {
	switch l {
	case Null:
		return "unsure"
	case FullLoose, FurtherDiffers, SingleLoose, FamilyOnly, GivenOnly, Contradiction:
		return "different"
	}
	return "same"
}

// The pairs are labelled by hand, of many languages and scripts. What is unsure to a person may come out either way. The share that must agree is what was reached, so that a change for the worse is seen.
func TestNamesAgreeWithPeople(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/names.csv")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 300)
	sure, right, wronglySame := 0, 0, 0
	for _, r := range rows[1:] {
		a, b := normal.ParseName(r[1]), normal.ParseName(r[2])
		level := Names(&a, &b)
		require.Equal(t, level, Names(&b, &a), "%s / %s", r[1], r[2])
		if r[3] == "unsure" {
			continue
		}
		sure++
		if fits(level) == r[3] {
			right++
			continue
		}
		if r[3] == "different" && fits(level) == "same" {
			wronglySame++
		}
		t.Logf("%s: %s / %s is %s (%s), people say %s", r[0], r[1], r[2], fits(level), nameCodes[level], r[3])
	}
	t.Logf("%d of %d pairs as people say; %d taken for one person wrongly", right, sure, wronglySame)
	require.GreaterOrEqual(t, float64(right)/float64(sure), 0.97)
	require.LessOrEqual(t, wronglySame, 2)
}

// Names that differ in their numbers are of two rooms, also where the words alone could not be compared, and whichever comes first. A number that only one of them has says nothing.
func TestNamesWithOtherNumbersContradict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"Meeting Room 37", "Meeting Room 21", Contradiction},
		{"Room 37", "Room 21", Contradiction},
		{"Guest 4821", "Guest 4822", Contradiction},
		{"R 37", "R 21", Contradiction},
		{"会议室 37", "Meeting Room 21", Contradiction},
		{"Meeting Room 37", "Meeting Room 37", FullExact},
		{"Meeting Room 37", "Meeting Room", FullExact},
		{"Anna92", "Anna1985", SingleExact},
		{"37", "21", Null},
	} {
		a, b := normal.ParseName(c.a), normal.ParseName(c.b)
		require.Equal(t, c.want, Names(&a, &b), "%s / %s", c.a, c.b)
		require.Equal(t, c.want, Names(&b, &a), "%s / %s", c.b, c.a)
	}
}

// A profile that is known by two numbers is near to either, in whatever order they were learned.
func TestNamesThatDifferInNumbersAreBothKept(t *testing.T) {
	t.Parallel()
	twelve, fourteen := Value{Field: Name, Text: "Meeting Room 12"}, Value{Field: Name, Text: "Meeting Room 14"}
	for _, values := range [][]Value{{twelve, fourteen}, {fourteen, twelve}} {
		both := Prepare(Profile{Values: values})
		require.Len(t, both.Names, 2)
		for _, v := range values {
			one := Prepare(Profile{Values: []Value{v}})
			require.Equal(t, FullExact, Compare(both, one, nil)[Name].Level)
			require.Equal(t, FullExact, Compare(one, both, nil)[Name].Level)
		}
	}
}
