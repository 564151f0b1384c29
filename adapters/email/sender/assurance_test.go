package sender

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

var ann = []Address{{"Ann", "ann@example.com"}}

func TestAssurance(t *testing.T) {
	t.Parallel()
	ids := []string{"mx.ours.example", "mx.google.com"}
	for name, c := range map[string]struct {
		results string
		want    contact.Assurance
	}{
		"dmarc passes":                        {"mx.ours.example; dmarc=pass (p=reject) header.from=example.com", contact.Pass},
		"dmarc fails":                         {"mx.ours.example; dmarc=fail header.from=example.com; dkim=pass header.d=example.com", contact.Fail},
		"Gmail":                               {"mx.google.com;\r\n dkim=pass header.i=@example.com header.s=s1 header.b=\"aB=c\";\r\n spf=pass (google.com: domain of ann@example.com designates 192.0.2.1 as permitted sender) smtp.mailfrom=ann@example.com;\r\n dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.com", contact.Pass},
		"an aligned signature":                {"mx.ours.example; dkim=pass header.d=mail.example.com", contact.Pass},
		"an aligned identity":                 {"mx.ours.example; dkim=pass header.i=ann@example.com", contact.Pass},
		"the second signature":                {"mx.ours.example; dkim=pass header.d=esp.example; dkim=pass header.d=example.com", contact.Pass},
		"a stranger's signature":              {"mx.ours.example; dkim=pass header.d=evil.example", contact.None},
		"a signature of nobody":               {"mx.ours.example; dkim=pass", contact.None},
		"a neighbour's signature":             {"mx.ours.example; dkim=pass header.d=com", contact.None},
		"a look-alike":                        {"mx.ours.example; dkim=pass header.d=notexample.com", contact.None},
		"a broken signature":                  {"mx.ours.example; dkim=fail header.d=example.com", contact.None},
		"spf alone":                           {"mx.ours.example; spf=pass smtp.mailfrom=ann@example.com", contact.None},
		"dmarc of another From":               {"mx.ours.example; dmarc=pass header.from=evil.example", contact.None},
		"a failure of another From":           {"mx.ours.example; dmarc=fail header.from=evil.example", contact.None},
		"dmarc=none":                          {"mx.ours.example; dmarc=none header.from=example.com", contact.None},
		"bestguesspass":                       {"mx.ours.example; dmarc=bestguesspass header.from=example.com", contact.None},
		"a stranger's field":                  {"mx.evil.example; dmarc=pass header.from=example.com", contact.None},
		"none":                                {"mx.ours.example; none", contact.None},
		"an empty field":                      {"", contact.None},
		"a version":                           {"MX.Ours.Example 1; DMARC/1 = PASS header.from = example.com", contact.Pass},
		"comments everywhere":                 {"(a (b) \\) c) mx.ours.example (d) 1 (e) ; (f) dmarc (g) = (h) pass (i) header.from (j) = (k) example.com", contact.Pass},
		"pass in a comment":                   {"mx.ours.example; (dmarc=pass header.from=example.com;) spf=none", contact.None},
		"pass in a quoted reason":             {`mx.ours.example; dmarc=fail reason="; dmarc=pass header.from=example.com"`, contact.Fail},
		"pass in an unclosed comment":         {"mx.ours.example; spf=none (x; dmarc=pass header.from=example.com", contact.None},
		"a quoted id":                         {`"mx.ours.example"; dmarc=pass header.from=example.com`, contact.Pass},
		"the id in a comment":                 {"mx.evil.example (mx.ours.example); dmarc=pass header.from=example.com", contact.None},
		"a value with a semicolon in the tag": {`mx.ours.example; dkim=pass header.d="evil.example;dmarc=pass"`, contact.None},
		"the first dmarc counts":              {"mx.ours.example; dmarc=fail header.from=example.com; dmarc=pass header.from=example.com", contact.Fail},
		"a repeated property":                 {"mx.ours.example; dkim=pass header.d=evil.example header.d=example.com", contact.None},
		"without an id":                       {"dmarc=pass header.from=example.com", contact.None},
	} {
		h := Headers{{Name: "authentication-results", Value: c.results}}
		require.Equal(t, c.want, Assurance(h, ann, ids).Assurance, name)
	}
}

// Microsoft 365 writes no id; the list says so by "-".
func TestAssuranceWithoutAnID(t *testing.T) {
	t.Parallel()
	h := Headers{{Name: "Authentication-Results", Value: "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=pass (signature was verified) header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass reason=100"}}
	got := Assurance(h, ann, []string{NoID})
	require.Empty(t, cmp.Diff(Authentication{Assurance: contact.Pass, AuthservID: NoID, DMARC: "pass", DKIM: "pass", SPF: "pass"}, got))
	require.Equal(t, contact.None, Assurance(h, ann, nil).Assurance)
}

// The sender writes the lower part of the header, and may write our id there.
func TestOnlyTheTopmostFieldOfOurServerCounts(t *testing.T) {
	t.Parallel()
	ids := []string{"mx.ours.example"}
	field := func(result string) contact.Pair {
		return contact.Pair{Name: "Authentication-Results", Value: "mx.ours.example; dmarc=" + result + " header.from=example.com"}
	}
	received := func(by string) contact.Pair {
		return contact.Pair{Name: "Received", Value: "from a.example (by evil.example) by " + by + " with ESMTPS; Wed, 5 Jul 2023 10:00:00 +0000"}
	}
	for name, c := range map[string]struct {
		h    Headers
		want contact.Assurance
	}{
		"ours fails, the forged passes":      {Headers{field("fail"), received("mx.ours.example"), field("pass")}, contact.Fail},
		"ours says none, the forged passes":  {Headers{field("none"), field("pass")}, contact.None},
		"below our own hop, as Gmail has it": {Headers{received("imap.ours.example"), received("mx.ours.example"), field("pass")}, contact.Pass},
		"below a strange hop":                {Headers{received("mx.ours.example"), received("smtp.evil.example"), field("pass")}, contact.None},
		"below a hop inside":                 {Headers{received("mx.ours.example"), received("10.0.0.1"), received("localhost"), field("pass")}, contact.Pass},
		"the mailbox elsewhere":              {Headers{received("store.hoster.example"), received("mx.ours.example"), field("pass")}, contact.Pass},
	} {
		require.Equal(t, c.want, Assurance(c.h, ann, ids).Assurance, name)
	}
	require.Equal(t, contact.None, Assurance(Headers{field("pass")}, append(ann, ann...), ids).Assurance, "of two senders none is proved")
	require.Equal(t, contact.None, Assurance(Headers{field("pass")}, nil, ids).Assurance)
}

// Two customers of one hoster's public suffix are strangers.
func TestNeighboursUnderAPublicSuffixAreNotAligned(t *testing.T) {
	t.Parallel()
	h := Headers{{Name: "Authentication-Results", Value: "mx.ours.example; dkim=pass header.d=evil.github.io"}}
	from := []Address{{"", "ann@victim.github.io"}}
	require.Equal(t, contact.None, Assurance(h, from, []string{"mx.ours.example"}).Assurance)
	h[0].Value = "mx.ours.example; dkim=pass header.d=example.co.uk"
	require.Equal(t, contact.Pass, Assurance(h, []Address{{"", "ann@mail.example.co.uk"}}, []string{"mx.ours.example"}).Assurance)
	h[0].Value = "mx.ours.example; dkim=pass header.d=co.uk"
	require.Equal(t, contact.None, Assurance(h, []Address{{"", "ann@mail.example.co.uk"}}, []string{"mx.ours.example"}).Assurance)
}

// Nothing that is written below our field may make a sender surer.
func FuzzAssuranceIgnoresWhatASenderWrites(f *testing.F) {
	f.Add("mx.ours.example; dmarc=pass header.from=example.com", "x")
	f.Add(`"mx.ours.example" (; dmarc=pass`, `\"((;=`)
	f.Fuzz(func(t *testing.T, forged, comment string) {
		a := parseAuthResults(forged)
		require.LessOrEqual(t, len(a.results), maxResults)
		ours := contact.Pair{Name: "Authentication-Results", Value: "mx.ours.example; dmarc=fail header.from=example.com"}
		h := Headers{ours, {Name: "Authentication-Results", Value: forged}, {Name: "Received", Value: forged}}
		require.Equal(t, contact.Fail, Assurance(h, ann, []string{"mx.ours.example"}).Assurance)
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(comment)
		h[0].Value = `mx.ours.example; spf=none reason="` + quoted + `"; dkim=none`
		require.Equal(t, contact.None, Assurance(h, ann, []string{"mx.ours.example"}).Assurance)
	})
}
