package matching

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCompareNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want Fit
	}{
		{"Ana Silva", "Silva, Ana", Fits},
		{"Ana Silva", "ana", Fits},
		{"A. Silva", "Ana Silva", Fits},
		{"Jürgen Groß", "JURGEN GROSS", Fits},
		{"Anna-Maria Weiß", "Annamaria Weiss", Fits},
		{"Katharina Meier", "Katarina Meier", Fits},
		{"Ana Silva", "Ana Souza", Contradicts},
		{"Jan Novak", "Jon Novak", Contradicts},
		{"Ana Silva", "Bruno Costa", Contradicts},
		{"Ana Silva", "", Unknown},
		{"Ana Silva", "+49 30 123456", Unknown},
		{"A. S.", "Ana Silva", Unknown},
		{"Иван Петров", "Ivan Petrov", Fits},
		{"Meeting Room 12", "Meeting Room 14", Contradicts},
		{"Meeting Room 12", "012, Meeting Room", Fits},
		{"Meeting Room 12", "Meeting Room", Fits},
		{"Room 12 Floor 3", "Room 12", Fits},
		{"Room 12 Floor 3", "Room 12 Floor 4", Contradicts},
		{"Anna92", "Anna1985", Fits},
	} {
		require.Equal(t, c.want, CompareNames(c.a, c.b), "%s / %s", c.a, c.b)
	}
}

func TestCompareNamesIsSymmetric(t *testing.T) {
	t.Parallel()
	name := rapid.StringOfN(rapid.RuneFrom([]rune("abmn .-,'éß(й012")), 0, 40, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if CompareNames(a, b) != CompareNames(b, a) {
			t.Fatalf("CompareNames(%q, %q) is not what it is the other way round", a, b)
		}
	})
}

func TestFitAmongIsTheBestFit(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"", "Ana Silva", "A. Silva", "ana", "Ana Souza", "Bruno Costa", "+49 30 123456", "Silva, Ana"})
	rapid.Check(t, func(t *rapid.T) {
		known, asked := rapid.SliceOfN(name, 0, 4).Draw(t, "known"), name.Draw(t, "asked")
		want := Unknown
		for _, k := range known {
			fit := CompareNames(k, asked)
			if fit == Fits || want == Unknown {
				want = fit
			}
		}
		if got := FitAmong(known, asked); got != want {
			t.Fatalf("FitAmong(%q, %q) is %v, not %v", known, asked, got, want)
		}
	})
}

func TestCompareNamesFitsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringOfN(rapid.RuneFrom([]rune("abmnoé -012")), 0, 40, -1).Draw(t, "a")
		if CompareNames(a, a) == Contradicts {
			t.Fatalf("%q contradicts itself", a)
		}
	})
}
