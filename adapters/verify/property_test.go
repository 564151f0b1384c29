package verify

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var schemeNames = slices.Sorted(maps.Keys(schemes))

func drawParts(rt *rapid.T, s Scheme) Parts {
	p := sampleParts(s)
	p.ID = rapid.StringMatching(`[!-\-/-~]{1,40}`).Draw(rt, "id") // visible, without "."
	p.Nonce = rapid.StringMatching(`[!-\-/-~]{1,40}`).Draw(rt, "nonce")
	p.Body = rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(rt, "body")
	return p
}

func TestWhatIsSignedPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := schemes[rapid.SampledFrom(schemeNames).Draw(rt, "scheme")]
		p := drawParts(rt, s)
		key := rapid.StringN(1, 32, 32).Draw(rt, "key")
		result, err := s.checker(t, key).Check(signed(t, s, key, p))
		if err != nil {
			rt.Fatal(err)
		}
		if s.Headers[0].ID != "" && result.ID != p.ID {
			rt.Fatal("the signed id is lost")
		}
	})
}

// Whatever byte is changed of what the template signs, or of the signature: the request is refused.
func TestWhateverByteIsChangedIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := schemes[rapid.SampledFrom(schemeNames).Draw(rt, "scheme")]
		p := drawParts(rt, s)
		private, _ := s.keys("key")
		tmpl, err := s.compile()
		require.NoError(rt, err)
		raw, err := sum(s, tmpl, private, p)
		require.NoError(rt, err)
		flip := byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		switch rapid.SampledFrom([]string{"body", "signature", "ts", "id", "nonce", "url"}).Draw(rt, "where") {
		case "body":
			p.Body = flipped(rt, p.Body, flip)
		case "signature":
			raw = flipped(rt, raw, flip)
		case "ts":
			changeIf(&p.Timestamp, tmpl.has(fieldTimestamp), flipped(rt, []byte(p.Timestamp), flip), raw)
		case "id":
			changeIf(&p.ID, tmpl.has(fieldID), flipped(rt, []byte(p.ID), flip), raw)
		case "nonce":
			changeIf(&p.Nonce, tmpl.has(fieldNonce), flipped(rt, []byte(p.Nonce), flip), raw)
		case "url":
			changeIf(&p.URL, tmpl.has(fieldURL), flipped(rt, []byte(p.URL), flip), raw)
		}
		value := s.Prefix + s.Encoding.encode(raw)
		if s.TimestampPrefix != "" {
			value = s.TimestampPrefix + p.Timestamp + s.Separator + value
		}
		if _, err := s.checker(t, "key").Check(request(s, value, p)); ReasonOf(err) == "" {
			rt.Fatal("a changed request passed")
		}
	})
}

// changeIf changes the part if the scheme signs it, else the signature.
func changeIf(part *string, isSigned bool, changed, raw []byte) {
	if !isSigned {
		raw[0] ^= 1
		return
	}
	*part = string(changed)
}

func flipped(rt *rapid.T, b []byte, flip byte) []byte {
	b = slices.Clone(b)
	b[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] ^= flip
	return b
}

// Of one signed request no other cut of the same bytes passes: not another id, time and body that are the same string together.
func TestSignedStringIsCutOneWayOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := sampleParts(standardV1)
		p.Body = slices.Concat([]byte(rapid.StringMatching(`[0-9.]{0,12}`).Draw(rt, "head")), p.Body)
		private, _ := standardV1.keys("key")
		value, err := Sign(standardV1, private, p)
		require.NoError(rt, err)
		whole := []byte(p.ID + "." + p.Timestamp + "." + string(p.Body))
		i := rapid.IntRange(1, len(whole)-2).Draw(rt, "first")
		j := rapid.IntRange(i+1, len(whole)-1).Draw(rt, "second")
		moved := Parts{ID: string(whole[:i]), Timestamp: string(whole[i+1 : j]), Body: whole[j+1:]}
		_, err = standardV1.checker(t, "key").Check(request(standardV1, value, moved))
		if err == nil && (moved.ID != p.ID || moved.Timestamp != p.Timestamp || !bytes.Equal(moved.Body, p.Body)) {
			rt.Fatal("another cut passed")
		}
	})
}

// FuzzCheckRefusesUnsigned sends what was not signed with a key of the checker: no header and no body may pass, panic, or be told more than a reason.
func FuzzCheckRefusesUnsigned(f *testing.F) {
	for i, name := range schemeNames {
		p := sampleParts(schemes[name])
		in := signed(f, schemes[name], "another key", p)
		f.Add(i, in.Header(schemes[name].Headers[0].Signature)[0], "", p.Timestamp, p.ID, p.Nonce, p.Body)
	}
	f.Add(1, "v1,", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "1614265330", "msg_1", "", []byte("{}"))
	checkers := map[string]*Checker{}
	for _, name := range schemeNames {
		checkers[name] = schemes[name].checker(f, "a key that signed nothing", "nor did this")
	}
	f.Fuzz(func(t *testing.T, which int, first, second, ts, id, nonce string, body []byte) {
		name := schemeNames[int(uint(which)%uint(len(schemeNames)))]
		names := schemes[name].Headers[0]
		header := http.Header{}
		header.Add(names.Signature, first)
		header.Add(names.Signature, second)
		set(header, names.Timestamp, ts)
		set(header, names.ID, id)
		set(header, names.Nonce, nonce)
		_, err := checkers[name].Check(Input{Method: "POST", URL: "https://usher.example", Header: header.Values, Body: body, Now: now})
		if ReasonOf(err) == "" {
			t.Fatalf("passed, or refused without a reason: %v", err)
		}
		if e := err.Error(); len(e) > 60 {
			t.Fatal("the error says more than its reason")
		}
	})
}

// FuzzNewRefusesOrChecks gives templates nobody thought of: a Checker that is made checks what it signs.
func FuzzNewRefusesOrChecks(f *testing.F) {
	for _, name := range schemeNames {
		f.Add(schemes[name].Template)
	}
	f.Add("{body}{")
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := parseTemplate(text)
		if err != nil {
			return
		}
		s := Scheme{Algorithm: HMACSHA256, Encoding: Hex, Template: text, Keys: [][]byte{[]byte("k")}, Headers: []Headers{{Signature: "s"}}}
		for f, name := range map[field]*string{fieldTimestamp: &s.Headers[0].Timestamp, fieldID: &s.Headers[0].ID, fieldNonce: &s.Headers[0].Nonce} {
			if tmpl.has(f) {
				*name = string(f)
			}
		}
		if tmpl.has(fieldTimestamp) {
			s.Tolerance = Window
		}
		checker, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		in := signed(t, s, "k", sampleParts(s))
		in.Body = append(in.Body, 'x')
		if _, err := checker.Check(in); err == nil {
			t.Fatal("another body passed")
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	for _, name := range []string{"standard v1", "slack", "telnyx"} {
		b.Run(name, func(b *testing.B) {
			s := schemes[name]
			p := sampleParts(s)
			p.Body = bytes.Repeat([]byte("x"), 1024)
			checker, in := s.checker(b, "old", "new"), signed(b, s, "new", p)
			b.SetBytes(1024)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := checker.Check(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
