package normal

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// One subscriber, however a network or a person spells the number, has one key: else every spelling makes a duplicate profile.
func TestPhoneHasOneKeyForAllSpellings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key, region string
		spellings   []string
	}{
		"brazil's ninth digit":         {"+5511987654321", "BR", []string{"+55 11 98765-4321", "+55 11 8765-4321", "551187654321", "(11) 98765-4321", "011 98765 4321", "11 8765-4321"}},
		"brazil, fixed":                {"+551133334444", "BR", []string{"+55 11 3333-4444", "(11) 3333-4444"}},
		"mexico with and without 1":    {"+525512345678", "MX", []string{"+52 1 55 1234 5678", "+52 55 1234 5678", "5512345678", "5215512345678"}},
		"argentina with and without 9": {"+541123456789", "AR", []string{"+54 9 11 2345-6789", "+54 11 2345-6789", "011 15 2345-6789", "11 2345-6789"}},
		"italy, fixed":                 {"+390612345678", "IT", []string{"+39 06 12345678", "+39 6 12345678", "06 12345678", "0039 06 1234 5678"}},
		"italy, mobile":                {"+393471234567", "IT", []string{"+39 347 1234567", "+39 0347 1234567", "347 123 4567"}},
		"britain's trunk zero":         {"+442070313000", "GB", []string{"+44 (0)20 7031 3000", "020 7031 3000", "0044 20 7031 3000", "+44(0)2070313000"}},
		"germany's trunk zero":         {"+4930123456", "DE", []string{"0049(0)30123456", "+49 (0)30 / 123456", "030/123456", "(030) 12 34 56", "+4930123456", "030-123456 Durchwahl 12"}},
		"germany seen from the US":     {"+4930123456", "US", []string{"0049 30 123456", "011 49 30 123456", "+49 30 123456"}},
		"united states":                {"+14155550123", "US", []string{"4155550123", "14155550123", "+1 (415) 555-0123", "415.555.0123 ext. 12", "415-555-0123x12", "tel:+1-415-555-0123;ext=12"}},
		"ivory coast, mobile":          {"+2250707123456", "CI", []string{"+225 07123456", "+225 07 07 12 34 56", "07123456"}},
		"ivory coast, fixed":           {"+2252721123456", "CI", []string{"+225 21123456", "+225 27 21 12 34 56"}},
		"benin":                        {"+2290197123456", "BJ", []string{"+229 97123456", "+229 01 97 12 34 56", "97 12 34 56"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, spelling := range c.spellings {
				key, ok := Phone(spelling, c.region)
				require.True(t, ok, spelling)
				require.Equal(t, c.key, key, spelling)
			}
		})
	}
}

// A number without its area code is told apart from a short code by the number that was called.
func TestPhoneNearReadsLocalNumbersWithTheCalledAreaCode(t *testing.T) {
	t.Parallel()
	key, ok := PhoneNear("555-0123", "US", "+14155550100")
	require.True(t, ok)
	require.Equal(t, "+14155550123", key)
	_, ok = PhoneNear("555-0123", "US", "")
	require.False(t, ok)
}

// One "anonymous" identity would make one customer of thousands of strangers.
func TestPhoneRefusesWhatIsNoSubscriber(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "266696687", "00266696687", "anonymous", "Restricted", "sip:anonymous@anonymous.invalid", "UNAVAILABLE",
		"", " ", "12345", "AMAZON", "+", "+49", "++++", "\x00", "+1415555012345678901234567890",
	} {
		_, ok := Phone(raw, "US")
		require.False(t, ok, "%q", raw)
	}
}

func TestWithheldReasonNamesTheReason(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{"+266696687": "anonymous", "+7378742833": "restricted", "+2562533": "blocked", "+8656696": "unknown", "+86282452253": "unavailable", "Private": "anonymous"} {
		reason, ok := WithheldReason(raw)
		require.True(t, ok, raw)
		require.Equal(t, want, reason, raw)
	}
	_, ok := WithheldReason("+4930123456")
	require.False(t, ok)
}

// A key is a fixed point: what has been normalised once is never moved again.
func FuzzPhoneKeyIsAFixedPoint(f *testing.F) {
	for _, s := range []string{"+55 11 8765-4321", "0049(0)30123456", "+39 6 12345678", "011 15 2345-6789", "anonymous", "+225 07123456"} {
		f.Add(s, "DE")
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		key, ok := Phone(raw, region)
		if !ok {
			return
		}
		again, ok := Phone(key, region)
		if !ok || again != key {
			t.Fatalf("Phone(%q) = %q, of which Phone makes %q", raw, key, again)
		}
	})
}

func TestEmailKey(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"Ana.Silva@Example.COM": "ana.silva@example.com", " <ana@example.com> ": "ana@example.com", "mailto:ana@example.com": "ana@example.com",
		"Ana <ana@bücher.example>": "ana@xn--bcher-kva.example", "ana+news@example.com": "ana+news@example.com",
	} {
		key, ok := Email(raw)
		require.True(t, ok, raw)
		require.Equal(t, want, key)
	}
	for _, raw := range []string{"", "ana", "ana@", "@example.com", "ana@localhost", "a@example.com, b@example.com", "ana@example..com"} {
		_, ok := Email(raw)
		require.False(t, ok, raw)
	}
}

func FuzzEmailKeyIsAFixedPoint(f *testing.F) {
	f.Add("Ana <Ana.Silva@Example.COM>")
	f.Fuzz(func(t *testing.T, raw string) {
		key, ok := Email(raw)
		if !ok {
			return
		}
		if again, ok := Email(key); !ok || again != key {
			t.Fatalf("Email(%q) = %q, of which Email makes %q", raw, key, again)
		}
	})
}

func TestNameTokens(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Silva, Ana": "ana silva", "Dr. Jürgen Groß (Acme)": "gross jurgen", "ANA  SILVA": "ana silva", "+49 30 123": "", "ana@example.com": "", "": "", "Łukasz": "lukasz",
	} {
		require.Equal(t, want, NameKey(name), name)
	}
}

func FuzzNameKeyIsBoundedAndFixed(f *testing.F) {
	f.Add("Silva, Ana")
	f.Add("\u202eAna\x00Silva")
	f.Add("Room ٠١٢, 3'4")
	f.Fuzz(func(t *testing.T, name string) {
		key := NameKey(name)
		if len(key) > 20*maxName || !utf8.ValidString(key) {
			t.Fatalf("NameKey(%q) = %q", name, key)
		}
		if again := NameKey(key); len(key) < maxName && again != key {
			t.Fatalf("NameKey(%q) = %q, of which NameKey makes %q", name, key, again)
		}
	})
}

// Of a number that is being typed the beginning is known, however it is dialled.
func TestPhoneBegunIsHowTheKeyBegins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, region, typed string }{
		{"+49308887776", "DE", "030888"}, {"+49308887776", "DE", "030 / 888 77"}, {"+49308887776", "DE", "+49 (30) 888"}, {"+49308887776", "US", "0049 30 88"}, {"+49308887776", "US", "49308"},
		{"+14155550123", "US", "(415) 555"}, {"+14155550123", "US", "1415555"}, {"+390612345678", "IT", "06 1234"}, {"+442070313000", "gb", "020 7031"},
	} {
		begun := PhoneBegun(c.typed, c.region)
		require.True(t, slices.ContainsFunc(begun, func(b string) bool { return strings.HasPrefix(c.key, b) }), "%s in %s is %v", c.typed, c.region, begun)
	}
	for _, text := range []string{"", "+", "Agent 47", "ana@mail.example", "030-888 ext 1"} {
		require.Empty(t, PhoneBegun(text, "DE"), text)
	}
}
