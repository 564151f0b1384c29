package message

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDatesAreReadInTheirManyForms(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"Mon, 6 May 2024 07:08:09 +0200":                  "2024-05-06T05:08:09Z",
		"Mon, 06 May 2024 07:08:09 +0200 (CEST)":          "2024-05-06T05:08:09Z",
		"6 May 24 07:08 EDT":                              "2024-05-06T11:08:00Z",
		"Monday, 06-May-24 07:08:09 GMT":                  "2024-05-06T07:08:09Z",
		"Mon May  6 07:08:09 2024":                        "2024-05-06T07:08:09Z",
		"2024-05-06T07:08:09+02:00":                       "2024-05-06T05:08:09Z",
		"2024-05-06 07:08:09":                             "2024-05-06T07:08:09Z",
		"Mo, 6 Mai 2024 07:08:09 +0200":                   "2024-05-06T05:08:09Z",
		"Mon, 6 May 2024 7:08:09 PM -0700":                "2024-05-07T02:08:09Z",
		"Mon, 6 May 2024 07.08.09 GMT+2":                  "2024-05-06T05:08:09Z",
		"Mon, 6 May 2024 07:08:09 +9900":                  "2024-05-06T07:08:09Z",
		"Mon, 6 May 124 07:08:09 Z":                       "2024-05-06T07:08:09Z",
		"May 6, 2024 07:08:09 -0330":                      "2024-05-06T10:38:09Z",
		"Mon,6 May 2024 07:08:09+0200":                    "2024-05-06T05:08:09Z",
		"":                                                "",
		"yesterday":                                       "",
		"Mon, 6 May 1824 07:08:09 +0000":                  "",
		"Mon, 99 May 2024 07:08:09 +0000":                 "",
		"Mon, 6 May 2024 07:08:09 +99999999999999999999":  "2024-05-06T07:08:09Z",
		"Mon, 6 May 99999999999999999999 07:08:09 +00000": "",
	} {
		got, ok := ParseDate(form)
		require.Equal(t, want != "", ok, form)
		if ok {
			require.Equal(t, want, got.Format(time.RFC3339), form)
		}
	}
}

// What is no field may be damage or the first line of the text, and neither the text nor the sender may be lost over it.
func TestLinesThatAreNoFieldLoseNothing(t *testing.T) {
	t.Parallel()
	for mail, want := range map[string][3]string{
		"From: a@example.com\nSubject: s\nHello\n\nBob\n":                                 {"a@example.com", "s", "Hello\n\nBob\n"},
		"Received: x\none\ntwo words: 3\n>From y\nFrom: a@example.com\nSubject: s\n\nBob": {"a@example.com", "s", "Bob"},
		"From: a@example.com\nHello\nBob\nSubject: s\n":                                   {"a@example.com", "", "Hello\nBob\nSubject: s\n"},
		"From: a@example.com\nContent-Transfer-Encoding: base64\nodd\n\nQm9i":             {"a@example.com", "", "Bob"},
	} {
		m := parse(t, []byte(mail))
		require.Equal(t, want, [3]string{m.From[0].Addr, m.Subject, m.Text}, mail)
		require.Contains(t, m.Warnings, HeaderDamaged, mail)
	}
}

// Some programs send a plain text that only asks for a better reader.
func TestAPlainTextThatOnlyPointsAtTheHTMLIsNone(t *testing.T) {
	t.Parallel()
	const mail = "From: a@example.com\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n%s\n--b\nContent-Type: text/html\n\n<p>Two chairs. Can you read HTML?</p>\n--b--\n"
	for plain, want := range map[string]string{
		"This is an HTML message.":            "Two chairs. Can you read HTML?\n",
		"Can you read HTML?":                  "Can you read HTML?\n",
		"Two chairs":                          "Two chairs\n",
		"HTML " + strings.Repeat("long ", 99): "HTML " + strings.Repeat("long ", 99) + "\n",
	} {
		require.Equal(t, strings.TrimSpace(want), strings.TrimSpace(parse(t, fmt.Appendf(nil, mail, plain)).Text))
	}
}

// Python's mail package writes its codec's names.
func TestCharsetsByTheNamesOfPython(t *testing.T) {
	t.Parallel()
	require.Equal(t, "保固", DecodeWords("=?big5_tw?b?q0+pVA==?="))
	require.Equal(t, "合同", DecodeWords("=?eucgb2312_cn?b?us/NrA==?="))
}

func TestAddressesOfOneFormEach(t *testing.T) {
	t.Parallel()
	for form, want := range map[string][]Address{
		``:                                   nil,
		`<>`:                                 nil,
		`,, ;`:                               nil,
		`MAILER-DAEMON`:                      {{Name: "MAILER-DAEMON"}},
		`John Q. Smith <j@example.com>`:      {{"John Q. Smith", "j@example.com"}},
		`"Smith, John" <j@example.com>`:      {{"Smith, John", "j@example.com"}},
		`a@example.com; b@example.com`:       {{"", "a@example.com"}, {"", "b@example.com"}},
		`<<a@example.com>>`:                  {{"", "a@example.com"}},
		`'a@example.com'`:                    {{"", "a@example.com"}},
		`"unclosed <a@example.com>`:          {{`"unclosed`, "a@example.com"}},
		`Ann <a@example.com, b@example.com`:  {{"Ann", "a@example.com"}, {"", "b@example.com"}},
		`"support@bank.example" <x@evil.ex>`: {{"support@bank.example", "x@evil.ex"}},
		`=?utf-8?Q?Smith, "J?= <j@example.com>, b@example.com`: {{`Smith, "J`, "j@example.com"}, {"", "b@example.com"}},
		`A (nested (comment)) <a@example.com>`:                 {{"A", "a@example.com"}},
		`a@example.com (Ann)`:                                  {{"Ann", "a@example.com"}},
		`Friends:;`:                                            nil,
		`"a b"@example.com`:                                    {{"", `"a b"@example.com`}},
		`Ann <ann(home (old))@(at)example.com>`:                {{"Ann", "ann@example.com"}},
		`Ann <ann(home@example.com>`:                           {{"Ann", "ann(home@example.com"}},
		`=?utf-8?Q?Ann=EF=BC=9Ca@example.com=EF=BC=9E?=`:       {{"Ann", "a@example.com"}},
		`=?us-ascii?Q?=3D=3Futf-8=3FQ=3FRia=3F=3D?= <r@b.ex>`:  {{"Ria", "r@b.ex"}},
		`=?utf-8?Q?Ann_<a@example.com>?=`:                      {{"Ann", "a@example.com"}},
		`=?utf-8?Q?ceo@bank.example?= <x@evil.example>`:        {{"ceo@bank.example", "x@evil.example"}},
		`=?utf-8?B?YUBleGFtcGxlLmNvbSwgYkBleGFtcGxlLmNvbQ==?=`: {{Name: "a@example.com, b@example.com"}},
	} {
		require.Equal(t, want, ParseAddresses(form), form)
	}
}

// Where the standard library reads a list, ours says the same.
func TestAddressesAgreeWithNetMail(t *testing.T) {
	t.Parallel()
	address := rapid.Custom(func(t *rapid.T) *mail.Address {
		return &mail.Address{
			Name:    strings.Join(strings.Fields(rapid.StringMatching(`[A-Za-zäöü,."@()<>;:\\ ]{0,20}`).Draw(t, "name")), " "),
			Address: rapid.StringMatching(`[a-z0-9+_-]{1,10}(\.[a-z]{1,5})?@[a-z]{1,8}\.example`).Draw(t, "addr"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		var list []string
		var want []Address
		for _, a := range rapid.SliceOfN(address, 1, 5).Draw(t, "list") {
			if strings.HasPrefix(a.Name, `"`) {
				continue // ours drops quotes around a whole name
			}
			list = append(list, a.String())
			want = append(want, Address{a.Name, a.Address})
		}
		require.Equal(t, want, ParseAddresses(strings.Join(list, ", ")))
	})
}

func TestIDsAreFoundAmongOtherWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a@x", "b@y"}, ParseIDs("<a@x> <b @y>"))
	require.Equal(t, []string{"a@x"}, ParseIDs(`Message from Ann of "6 May" <a@x>`))
	require.Equal(t, []string{"a@x", "b@y"}, ParseIDs("a@x b@y"))
	require.Equal(t, []string{"a@x", "b@y"}, ParseIDs("<a@x><b@y"))
	require.Empty(t, ParseIDs("no id"))
}

// What is shown runs nothing and loads nothing from the network.
func TestSanitisedHTMLIsHarmless(t *testing.T) {
	t.Parallel()
	got := strings.ToLower(Sanitise(`<script>x()</script><img src="https://track.example/p.gif"><img src="cid:img1" onerror="x()"><a href="javascript:x()">a</a><a href="https://shop.example">b</a>` +
		`<form action="https://evil.example"><input></form><iframe src="https://evil.example"></iframe><div style="background:url(https://track.example)" onclick="x()">text</div><svg onload="x()"></svg><link rel=stylesheet href="https://track.example">`))
	for _, bad := range []string{"script", "track.example", "evil.example", "onerror", "onclick", "onload", "style", "<form", "<input", "<iframe", "<svg"} {
		require.NotContains(t, got, bad)
	}
	for _, good := range []string{`cid:img1`, `https://shop.example`, `noreferrer`, `text`} {
		require.Contains(t, got, good)
	}
}

// A reader may ask for any number of bytes at a time.
func TestAFileReadsTheSameInPieces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.SampledFrom([]byte("=AB3Cz \r\n/+!-")), 0, 300).Draw(t, "raw")
		for _, e := range []transfer{base64Encoding, quotedPrintable, identity} {
			f := File{End: int64(len(raw)), Encoding: string(e)}
			whole, piece := new(bytes.Buffer), new(bytes.Buffer)
			_, err := whole.ReadFrom(f.Open(bytes.NewReader(raw)))
			require.NoError(t, err)
			r := f.Open(bytes.NewReader(raw))
			one := make([]byte, 1)
			for {
				n, err := r.Read(one)
				piece.Write(one[:n])
				if err != nil {
					break
				}
			}
			require.Equal(t, whole.String(), piece.String())
		}
	})
}
