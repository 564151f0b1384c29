package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
)

func named(names ...string) contact.Profile {
	p := contact.Profile{Document: contact.Document{ID: "prf_1"}}
	for _, n := range names {
		p.Names = append(p.Names, contact.Name{Value: n})
	}
	return p
}

func TestTermsGoRoundEachText(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"ana maria silva", "maria silva ana", "silva ana maria"}, store.Terms(named("Ana Maria Silva", "ana maria silva")))
	require.Equal(t, []string{"jorg muller", "muller jorg", "joerg mueller", "mueller joerg"}, store.Terms(named("Jörg Müller")))
	require.Empty(t, store.Terms(named("", "🙂")))
	rows := store.TermRows(named("Ana"))
	require.Equal(t, []string{"ana/prf_1", "~prf_1/ana"}, []string{rows[0].ID, rows[1].ID})
	require.Equal(t, "prf_1", rows[0].ProfileOf())
}

// Whatever a profile is called: its terms are few, short and of letters, digits and single blanks, and each of its first words begins one.
func TestEveryWordOfATextBeginsATerm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"Jörg", "王小明", "O'Brien", "Дмитрий", "Dr."})), 0, 6).Draw(t, "words"), " ")
		terms := store.Terms(named(text))
		if len(terms) > store.MaxTerms {
			t.Fatalf("%d terms", len(terms))
		}
		for _, term := range terms {
			if len(term) > 80 || strings.Trim(term, "abcdefghijklmnopqrstuvwxyz0123456789 ") != "" || term != strings.Join(strings.Fields(term), " ") {
				t.Fatalf("term %q", term)
			}
		}
		words := normal.Words(text)
		for _, w := range words[:min(len(words), 8)] {
			begun := false
			for _, term := range terms {
				begun = begun || strings.HasPrefix(term, w.Plain[:min(len(w.Plain), 80)])
			}
			if !begun {
				t.Fatalf("%q has no term that begins with %q", text, w.Plain)
			}
		}
	})
}

// However much is noted about somebody: by a name, an organization and a tag they are found, since these have their terms before fields and notes.
func TestNotesTakeNoTermOfANameOrATag(t *testing.T) {
	t.Parallel()
	words := func(from int) (text string) {
		for i := range 20 {
			text += string([]rune{'a' + rune(i), 'a' + rune(from), 'q', ' '})
		}
		return text
	}
	p := named("Ana Maria Silva", "Anita Silva")
	p.Name = "Dona Ana"
	p.Evidence = []contact.Evidence{{Kind: "organization", Left: "Harris Söhne"}}
	p.Tags = []string{"vip", "north west"}
	telling := store.Terms(p)
	for n := range 20 {
		p.Notes = append(p.Notes, contact.Note{Text: words(n)})
	}
	p.Fields = []contact.Field{{Name: "hobby", Value: words(20)}}
	require.Len(t, store.Terms(p), store.MaxTerms)
	require.Equal(t, telling, store.Terms(p)[:len(telling)])
	p.Fields = nil
	require.Contains(t, store.Terms(p)[len(telling)], "aaq", "the first words of a note find too")
}
