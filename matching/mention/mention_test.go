package mention

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// shown is what was found, as "kind value".
func shown(found []Found) []string {
	all := []string{}
	for _, f := range found {
		all = append(all, string(f.Kind)+" "+f.Value)
	}
	return all
}

func TestReferencesOfManyLanguages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"my order number is 4711-0815":               "47110815",
		"Order #AB-12345, please":                    "AB12345",
		"order no. 0123456789":                       "0123456789",
		"Ticket: 20261124-7":                         "202611247",
		"Invoice RE-2026/1234 was wrong":             "RE20261234",
		"Meine Bestellnummer lautet 98765432.":       "98765432",
		"Bestellung Nr. 98765":                       "98765",
		"Rechnungsnummer: R2026-00017":               "R202600017",
		"Auftrags-Nr. 123456":                        "123456",
		"ma commande n° 55512345 n'est pas arrivée":  "55512345",
		"mi pedido número 8812345":                   "8812345",
		"ordine n. 77123456":                         "77123456",
		"meu pedido é 9912345":                       "9912345",
		"mijn bestelnummer is 33445566":              "33445566",
		"zamówienie nr 12345/2026":                   "123452026",
		"номер заказа: заказ № 556677":               "556677",
		"订单号 20261124001":                            "20261124001",
		"注文番号：1234567":                               "1234567",
		"#12345678":                                  "12345678",
		"order 550e8400-e29b-41d4-a716-446655440000": "550E8400E29B41D4A716446655440000",
		"case ٤٧١١٠٨١٥":                              "47110815",
		"I placed the order in 2026":                 "",
		"my order of 12.11.2026":                     "",
		"order 12.11.2026 came late":                 "",
		"an order for 10000 EUR":                     "",
		"order 10000 EUR":                            "",
		"#goals2026 #1":                              "",
		"in border 1234567":                          "",
		"&#12345;":                                   "",
		"order a lot":                                "",
		"https://example.com/#12345":                 "",
		"order " + strings.Repeat("1", 60):           "",
	} {
		got := ""
		for _, f := range In(text, nil) {
			if f.Kind == Reference {
				got += f.Value
			}
		}
		assert.Equal(t, want, got, text)
	}
}

// A workspace knows what its own numbers look like; its pattern is asked first, and its first group is the number.
func TestOwnPatternsComeFirst(t *testing.T) {
	t.Parallel()
	patterns := []Pattern{{Name: "parcel", Expression: regexp.MustCompile(`\bACME-(\d{3}-[A-Z]{2})\b`)}}
	found := In("order ACME-123-XY and order 7654321", patterns)
	require.Equal(t, []string{"reference 123XY", "reference 7654321"}, shown(found))
	require.Equal(t, []string{"parcel", ""}, []string{found[0].Name, found[1].Name})
}

func TestATextTellsEachValueOnceWithItsPlace(t *testing.T) {
	t.Parallel()
	text := "Hi, write to ann@example.com or call +49 711 123456 about order 4711-0815. Again: ann@example.com"
	found := In(text, nil)
	require.Equal(t, []string{"mailto ann@example.com", "tel +49711123456", "reference 47110815"}, shown(found))
	require.Equal(t, "4711-0815", text[found[2].Start:found[2].End])
	require.Empty(t, In("Fax: +49 711 123456", nil), "a fax identifies nobody")
}

func TestSpelledAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"my email is john dot smith at example dot com thanks":     "john.smith@example.com",
		"you can write to ann_b at mail dot example dot co dot uk": "ann_b@mail.example.co.uk",
		"Meine Adresse ist anna punkt berg at beispiel punkt de":   "anna.berg@beispiel.de",
		"my email is john.smith@example.com":                       "john.smith@example.com",
		"the shop is called john smith at example dot com":         "",
		"please look at example dot com":                           "",
		"write to me at example dot com":                           "",
		"see you at seven":                                         "",
		"it is at nine dot thirty":                                 "",
	} {
		got := ""
		for _, f := range Said(text, nil) {
			got += f.Value
		}
		assert.Equal(t, want, got, text)
	}
}

// What somebody quotes, copies or passes on is not what they say of themselves.
func TestOwnLeavesOutWhatOthersWrote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"hello\nworld":               "hello\nworld",
		"> order 1234567\nyes":       "yes",
		"\u200f> order 1234567\nyes": "yes",
		"see below\n[12.11.26, 10:02:11] Ann Berg: order 1234567\nthat": "see below\nthat",
		"12/11/2026, 10:02 - Ann: hi":                                   "",
		"FYI\n---------- Forwarded message ---------\norder 1234567":    "FYI\n",
		"ok\nOn Monday Ann wrote:\norder 1234567":                       "ok\n",
		"ok\nAm 05.07. schrieb Ann <a@b.example>:\norder 1234567":       "ok\n",
		"From: ann@example.com\norder 1234567":                          "",
		"":                                                              "",
	} {
		var got strings.Builder
		for _, s := range Own(text) {
			got.WriteString(text[s[0]:s[1]])
		}
		require.Equal(t, want, got.String(), text)
	}
}

// checkFound holds what callers rely on for any text.
func checkFound(t require.TestingT, text string, found []Found) {
	last := 0
	require.LessOrEqual(t, len(found), maxFound)
	for _, f := range found {
		require.LessOrEqual(t, last, f.Start, "in order, and none overlaps")
		require.Less(t, f.Start, f.End)
		require.LessOrEqual(t, f.End, len(text))
		require.NotEmpty(t, f.Value)
		require.True(t, !utf8.ValidString(text) || utf8.ValidString(text[f.Start:f.End]), "a rune was cut")
		last = f.End
	}
}

// A marked line says nothing, whatever stands around it.
func TestAQuotedLineMentionsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"hello", "order 1234567", "ann@example.com", "+49 711 123456", "[12.11.26, 10:02] Ann: hi", "", "> "})
		lines := rapid.SliceOfN(word, 0, 12).Draw(t, "lines")
		mark := rapid.SampledFrom([]string{"> ", ">", ">> ", " > ", "\u202b> "}).Draw(t, "mark")
		for i := range lines {
			if rapid.Bool().Draw(t, "quoted") {
				lines[i] = mark + lines[i] + " order 7654321 bob@example.net"
			}
		}
		text := strings.Join(lines, "\n")
		for _, s := range Own(text) {
			for _, f := range In(text[s[0]:s[1]], nil) {
				if f.Value == "7654321" || f.Value == "bob@example.net" {
					t.Fatalf("%q says %v", text, f)
				}
			}
		}
	})
}

func FuzzMentions(f *testing.F) {
	for _, text := range []string{"order #AB-12345 ann@example.com", "my email is a dot b at c dot de", "> x\n[1.1.26, 10:00] A: b\n", "\xff\xfe order \x0012345", "\u202e#12345678", strings.Repeat("a@b.c ", 100)} {
		f.Add(text)
	}
	patterns := []Pattern{{Name: "any", Expression: regexp.MustCompile(`[A-Z]{2}(\d+)?`)}}
	f.Fuzz(func(t *testing.T, text string) {
		checkFound(t, text, In(text, patterns))
		checkFound(t, text, Said(text, patterns))
		last := 0
		for _, s := range Own(text) {
			require.True(t, last <= s[0] && s[0] < s[1] && s[1] <= len(text))
			last = s[1]
		}
	})
}
