package normal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWordsAreWhatATextIsSearchedBy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Jörg Müller":         "jorg/joerg muller/mueller",
		"Dr. Siobhán O'Brien": "siobhan obrien", "Dr.": "dr", "Silva, Ana (Acme)": "silva ana acme", "Agent ٤٧ b2b": "agent 47 b2b",
		"王小明": "wang xiaoming", "Дмитрий": "dmitriy", "ana.silva@x.example": "ana silva x example",
		"": "", " \x00\u202e🙂'": "", "a\x00b": "a b",
	} {
		var got []string
		for _, w := range Words(text) {
			if w.Long != w.Plain {
				w.Plain += "/" + w.Long
			}
			got = append(got, w.Plain)
		}
		require.Equal(t, want, strings.Join(got, " "), "%q", text)
	}
}

// Of whatever text, words are few and of letters and digits alone: they are stored between other characters.
func FuzzWordsAreLettersAndDigits(f *testing.F) {
	for _, seed := range []string{"Jörg Müller", "王小明", "\xff/~", strings.Repeat("ä ", 500), "א׳ ٤", "क्षि"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := Words(text)
		if len(words) > maxWords {
			t.Fatalf("%d words", len(words))
		}
		for _, w := range words {
			for _, form := range []string{w.Plain, w.Long} {
				if form == "" || strings.Trim(form, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
					t.Fatalf("%q has the word %q", text, form)
				}
			}
		}
	})
}
