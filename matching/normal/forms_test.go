package normal

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestParseMailKindsAndWeakForms(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Mail{
		"Ana.Silva+news@GoogleMail.com": {Key: "ana.silva+news@googlemail.com", Weak: "anasilva@gmail.com", Kind: FreeMail},
		"ana.silva@acme.example":        {Key: "ana.silva@acme.example", Weak: "ana.silva@acme.example", Kind: Personal},
		"info@acme.example":             {Key: "info@acme.example", Weak: "info@acme.example", Kind: Role},
		"no-reply@acme.example":         {Key: "no-reply@acme.example", Weak: "no-reply@acme.example", Kind: Role},
		"x7@privaterelay.appleid.com":   {Key: "x7@privaterelay.appleid.com", Weak: "x7@privaterelay.appleid.com", Kind: Relay},
		"ana@@acme.example":             {Key: "ana@@acme.example", Weak: "ana@@acme.example", Kind: Personal}, // a slip in an imported table
		"ana@acme":                      {Key: "ana@acme", Weak: "ana@acme", Kind: Personal},
	} {
		m, ok := ParseMail(raw)
		require.True(t, ok, raw)
		require.Equal(t, want, Mail{Key: m.Key, Weak: m.Weak, Kind: m.Kind}, raw)
	}
	for _, raw := range []string{"", "ana", "@", "ana@", "@acme.example", "a\x00b@c.example"} {
		_, ok := ParseMail(raw)
		require.False(t, ok, raw)
	}
	m, _ := ParseMail("юрий.бойко_77@example.com")
	require.Equal(t, []string{"yuriy", "boyko"}, m.Words)
	require.Equal(t, "77", m.Digits)
}

func TestParseNameTellsGivenFromFamilyNames(t *testing.T) {
	t.Parallel()
	texts := func(all []Token) string {
		s := ""
		for _, t := range all {
			s += t.Text + " "
		}
		return s
	}
	for raw, want := range map[string][2]string{
		"Dr. Jürgen Groß (Acme)": {"jurgen ", "gross "},
		"Silva, Ana":             {"ana ", "silva "},
		"DUPONT Hélène":          {"helene ", "dupont "},
		"王小明":                    {"xiaoming ", "wang "},
		"欧阳娜娜":                   {"nana ", "ouyang "},
		"김민수":                    {"minsu ", "kim "},
		"Александр Сергеевич Пушкин": {"aleksandr ", "pushkin "},
		"Ludwig van Beethoven":       {"ludwig ", "beethoven "},
		"عبد الرحمن خالد":            {"abdrhmn ", "khald "},
		"Ana":                        {"ana ", ""},
		"+49 30 123456":              {"", ""},
		"ana@example.com":            {"", ""},
		"":                           {"", ""},
	} {
		n := ParseName(raw)
		require.Equal(t, want, [2]string{texts(n.Given()), texts(n.Tokens[n.Family:])}, raw)
	}
	n := NameOf("Anna Maria", "von der Heide")
	require.Equal(t, [2]string{"anna maria ", "heide "}, [2]string{texts(n.Given()), texts(n.Tokens[n.Family:])})
}

func TestRomanAndBones(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][2]string{
		"Хрущёв":    {"khrushchev", "hrshv"},
		"Müller":    {"muller", "mlr"},
		"محمد":      {"mhmd", "mhmd"},
		"Γιώργος":   {"giorgos", "grgs"},
		"רחל":       {"rhl", "rhl"},
		"Özgür":     {"ozgur", "asgr"},
		"Schneider": {"schneider", "sndr"},
		"राजेश":     {"rajesh", "rys"},
	} {
		require.Equal(t, want[0], Roman(word), word)
	}
	require.Equal(t, Bones("mohammed"), Bones(Roman("محمد")))
	require.Equal(t, Bones("schukow"), Bones("zhukov"))
	require.Equal(t, "ana", Roman("Ana"))
	require.Equal(t, "mueller", longRoman("Müller"))
}

func TestTextsDatesAndOrganizations(t *testing.T) {
	t.Parallel()
	require.Equal(t, "12b hauptstrasse", Text(" 12b  Hauptstraße! "))
	require.Equal(t, "12", Text("١٢"))
	require.Equal(t, "acme", Organization("ACME GmbH & Co. KG"))
	require.Equal(t, "gmbh", Organization("GmbH"))
	d, ok := ParseDate("31.12.1999")
	require.True(t, ok)
	require.Equal(t, "19991231", d.Digits())
	next, ok := ParseDate("2000-01-01")
	require.True(t, ok)
	require.Equal(t, 1, next.Number()-d.Number())
	odd, ok := ParseDate("19903925") // a slip of the pen, kept for comparison
	require.True(t, ok)
	require.Equal(t, "19903925", odd.Digits())
	_, ok = ParseDate("soon")
	require.False(t, ok)
}

func FuzzFormsAreBounded(f *testing.F) {
	f.Add("Dr. Jürgen Groß")
	f.Add("\u202eavliS\x00 anA\xff")
	f.Fuzz(func(t *testing.T, s string) {
		n := ParseName(s)
		if len(n.Tokens) > maxTokens || n.Family > len(n.Tokens) {
			t.Fatalf("%d words of which the %dth begins the family's", len(n.Tokens), n.Family)
		}
		for _, text := range []string{n.Joined, Roman(s), Text(s), Organization(s)} {
			if !utf8.ValidString(text) {
				t.Fatalf("%q", text)
			}
		}
		ParseMail(s)
		ParseDate(s)
	})
}
