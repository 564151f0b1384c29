package reply

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"usher/matching/mention"
)

// A word in two fields would mean one or the other from run to run.
func TestLabelsMeanOneThing(t *testing.T) {
	t.Parallel()
	for _, phrases := range [][]string{slices.Concat(deviceStarts[:]...), slices.Concat(footerStarts[:]...), deviceWords, deviceParts, footerParts, thanksWords, titleParts, titlePhrases, leadingForms, postscripts, verbPhrases} {
		for _, phrase := range phrases {
			require.NotEmpty(t, strings.TrimSpace(phrase), "an empty phrase would match every line")
			require.Equal(t, strings.TrimLeft(foldRunes(phrase), " "), phrase, "not in folded form")
		}
	}
	for _, phrases := range []map[string]bool{closings, verbs, legalForms, titles} {
		require.False(t, phrases[""])
	}
	require.NotContains(t, labels, "")
	require.NotContains(t, captions, "")
}

func TestNumbersThatAreAndAreNotTelephones(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+49 (0)711 123456-0":               "+497111234560",
		"0049 711 1234567":                  "+497111234567",
		"Tel 0711/123456":                   "0711123456",
		"call (555) 010-1234 now":           "5550101234",
		"555.010.1234":                      "5550101234",
		"+1 202 555 0143":                   "+12025550143",
		"mob.: 8 (916) 123-45-67":           "89161234567",
		"Mobil-Nr.: 0170 1234567":           "01701234567",
		"+972-3-123-4567":                   "+97231234567",
		"Tél : 01.23.45.67.89":              "0123456789",
		"05.07.2023 10:00":                  "",
		"2023-07-05":                        "",
		"Invoice 4711 0815 2023":            "",
		"order no. 0123456789":              "",
		"IBAN DE02 1203 0000 0000 2020 51":  "",
		"555 010 1234 EUR":                  "",
		"1 234 567 EUR":                     "",
		"https://example.com/0123456789":    "",
		"1234567":                           "",
		"version 10.20.30.4055":             "",
		"HRB 0123456789":                    "",
		"0123456789@example.com":            "",
		"it costs $1,234,567.89":            "",
		"12345678901234567890":              "",
		"USt-IdNr.: DE 0123456789":          "",
		"Steuernummer 012/345/67890":        "",
		"192.168.100.200":                   "",
		"2023-07-05 10:00:00":               "",
		"between 10.07.2023 and 12.07.2023": "",
	} {
		got := ""
		for _, e := range Signature(Split(text), nil) {
			if e.Kind == Phone {
				got += e.Value
			}
		}
		assert.Equal(t, want, got, text)
	}
}

func TestAddressesAreFoundWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"write to <ann@example.com>, or bob+x@mail.example.co.uk.": {"ann@example.com", "bob+x@mail.example.co.uk"},
		"mailto:ann@example.com":                                   {"ann@example.com"},
		"jörg@münchen.example":                                     {"jörg@münchen.example"},
		"a@b, @c, d@, e@@f.example":                                nil,
		"a@b@c.example":                                            {"b@c.example"},
		"ann@example.com@evil.example":                             {"ann@example.com"},
		"(ann.o'hara@example.com)":                                 {"ann.o'hara@example.com"},
		"用户@例子.中国":                                                 {"用户@例子.中国"},
		"ann@192.0.2.1":                                            nil,
		"x@example..com":                                           nil,
	} {
		var got []string
		for _, at := range mention.Addresses(text) {
			got = append(got, text[at[0]:at[1]])
		}
		require.Equal(t, want, got, text)
	}
}

func TestForwardedReadsTheWriter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]string{
		"Ann Miller <ann@example.com>":                         {"Ann Miller", "ann@example.com"},
		"Ann Miller [mailto:ann@example.com]":                  {"Ann Miller", "ann@example.com"},
		`"Miller, Ann" <ann@example.com>`:                      {"Miller, Ann", "ann@example.com"},
		"Ann Miller <ann@example.com<mailto:ann@example.com>>": {"Ann Miller", "ann@example.com"},
		"ann@example.com":                                      {"", "ann@example.com"},
		"'Ann Miller'":                                         {"Ann Miller", ""},
		"Ann Miller (ann@example.com)":                         {"Ann Miller", "ann@example.com"},
		"ann@example.com [mailto:ann@example.com]":             {"", "ann@example.com"},
		"ann@example.com <ann@example.com>":                    {"", "ann@example.com"},
		"Ann Miller via Shop <shop@example.com>":               {"Ann Miller via Shop", "shop@example.com"},
		"Ann Miller <mailto:ann@example.com>":                  {"Ann Miller", "ann@example.com"},
		"Ann Miller [ann@example.com]":                         {"Ann Miller", "ann@example.com"},
	} {
		h, ok := Forwarded("FYI\n\n-----Original Message-----\nFrom: " + value + "\nSent: today\nSubject: hi\n\ntext\n")
		require.True(t, ok, value)
		require.Equal(t, want, [2]string{h.Name, h.Addr}, value)
		require.Equal(t, "hi", h.Subject)
	}
	_, ok := Forwarded("Hello,\nFrom: Berlin\nTo: Munich\nDate: Monday\n")
	require.False(t, ok, "an order is no header block")
}
