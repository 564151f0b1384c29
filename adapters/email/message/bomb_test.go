package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reads counts what is read of a spool: the measure of work that no busy machine changes.
type reads struct {
	*bytes.Reader
	bytes int64
}

func (r *reads) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.Reader.ReadAt(p, at)
	r.bytes += int64(n)
	return n, err
}

func nested(depth int) string {
	var b strings.Builder
	b.WriteString("From: a@example.com\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	return b.String() + "\nend\n"
}

func manyParts(n int) string {
	return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n", n) + "--b--\n"
}

func folds(n int) string { return "Subject: x\n" + strings.Repeat(" a\n", n) + "\nbody\n" }

func words(n int) string {
	return "Subject: " + strings.Repeat("=?utf-8?q?=C3=BC?= ", n) + "\n\nbody\n"
}

func openWords(n int) string { return "Subject: " + strings.Repeat("=?a?q?", n) + "\n\nbody\n" }

func manyAddresses(n int) string {
	return "To: " + strings.Repeat("a <a@example.com>,\n ", n) + "b@example.com\n\nbody\n"
}

func openQuotes(n int) string { return "To: " + strings.Repeat(`"(<`, n) + "\n\nbody\n" }

func openBrackets(n int) string {
	return "To: " + strings.Repeat("<,", n) + ">\n\nbody\n"
}

func manyWordsInQuotes(n int) string {
	return "To: a \"" + strings.Repeat("b ", n) + "\" @ example.com\n\nbody\n"
}

func divs(n int) string {
	return "Content-Type: text/html\n\n" + strings.Repeat("<div>", n) + "deep" + strings.Repeat("</div>", n)
}

func blockquotes(n int) string {
	return "Content-Type: text/html\n\n" + strings.Repeat("<blockquote>q", n)
}

func links(n int) string {
	return "Content-Type: text/html\n\n" + strings.Repeat(`<a href="http://e.example">x`, n)
}

func returns(n int) string { return "Subject: x\n\n" + strings.Repeat("\r", n) }

var bombs = []struct {
	name string
	make func(int) string
	n    int
}{
	{"nested", nested, 5000}, {"parts", manyParts, 100_000}, {"folds", folds, 2_000_000}, {"words", words, 55_000}, {"open_words", openWords, 175_000},
	{"addresses", manyAddresses, 200_000}, {"open_quotes", openQuotes, 80_000}, {"open_brackets", openBrackets, 130_000}, {"words_in_quotes", manyWordsInQuotes, 130_000}, {"divs", divs, 100_000}, {"blockquotes", blockquotes, 100_000}, {"links", links, 70_000}, {"returns", returns, 2_000_000},
}

// However a mail is built, it is read a few times at most, and what is made of it is bounded.
func TestBombsAreReadAFewTimesAtMost(t *testing.T) {
	t.Parallel()
	for _, bomb := range bombs {
		t.Run(bomb.name, func(t *testing.T) {
			t.Parallel()
			mail := bomb.make(bomb.n)
			spool := &reads{Reader: bytes.NewReader([]byte(mail))}
			m, err := Parse(spool, int64(len(mail)))
			require.NoError(t, err)
			require.LessOrEqual(t, spool.bytes, int64(4*len(mail)))
			requireBounded(t, m)
		})
	}
}

func requireBounded(t testing.TB, m *Message) {
	require.LessOrEqual(t, len(m.Files), MaxParts)
	require.LessOrEqual(t, len(m.Text), 16*MaxText)
	require.LessOrEqual(t, len(m.HTML), 16*MaxText)
	require.LessOrEqual(t, len(m.To), maxAddresses)
	require.LessOrEqual(t, len(m.References), maxIDs)
	require.LessOrEqual(t, len(m.Headers), maxFields)
	require.LessOrEqual(t, len(m.Subject), 4*MaxHeader)
}

func TestWhatIsBeyondALimitIsSaid(t *testing.T) {
	t.Parallel()
	for warning, mail := range map[Warning]string{
		TooDeep: nested(MaxDepth + 1), TooManyParts: manyParts(MaxParts + 1), HeaderTooLong: folds(MaxHeader), TooManyEntries: manyAddresses(maxAddresses + 1),
		TextTooLong: "Subject: x\n\n" + strings.Repeat("line\n", MaxText/5+1),
	} {
		require.Contains(t, parse(t, []byte(mail)).Warnings, warning)
	}
	for warning, mail := range map[Warning]string{
		TooDeep: nested(MaxDepth), TooManyParts: manyParts(MaxParts), TooManyEntries: manyAddresses(maxAddresses - 2), TextTooLong: "Subject: x\n\n" + strings.Repeat("line\n", MaxText/5),
	} {
		require.NotContains(t, parse(t, []byte(mail)).Warnings, warning)
	}
}

// zeros is a spool of any size that takes no memory: a mail whose attachment goes on and on.
type zeros struct{ head []byte }

func (z zeros) ReadAt(p []byte, at int64) (int, error) {
	for i := range p {
		p[i] = 'A'
		if (at+int64(i))%77 == 76 {
			p[i] = '\n'
		}
	}
	if at < int64(len(z.head)) {
		copy(p, z.head[at:])
	}
	return len(p), nil
}

func TestALargeFileStaysInTheSpool(t *testing.T) {
	const size = 25 << 20
	spool := zeros{[]byte("Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n")}
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m, err := Parse(spool, size)
			require.NoError(b, err)
			require.Len(b, m.Files, 1)
			require.Greater(b, m.Files[0].Size, int64(18<<20))
		}
	})
	require.Less(t, result.AllocedBytesPerOp(), int64(1<<20))
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestASpoolThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	_, err := Parse(broken{}, 10)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	_, err = Parse(bytes.NewReader([]byte("Subject: x\n")), 100)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func BenchmarkBombs(b *testing.B) {
	for _, bomb := range bombs {
		mail := []byte(bomb.make(bomb.n))
		b.Run(bomb.name, func(b *testing.B) {
			for b.Loop() {
				parse(b, mail)
			}
		})
	}
}

func BenchmarkParse4KB(b *testing.B) {
	text := strings.Repeat("A line of text as people write it, about so long.\n", 28)
	mail := []byte("Received: from mx.example by mx.acme.example; Mon, 6 May 2024 07:08:10 +0200\nFrom: =?utf-8?Q?J=C3=BCrgen?= <j@example.com>\nTo: Support <support@acme.example>\nSubject: Re: your order\n" +
		"Date: Mon, 6 May 2024 07:08:09 +0200\nMessage-ID: <m1@example.com>\nReferences: <a@example.com>\n <b@example.com>\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\nContent-Type: text/plain; charset=utf-8\n\n" +
		text + "--bb\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<div>" + strings.ReplaceAll(text, "\n", "<br>=\n") + "</div>\n--bb--\n")
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		parse(b, mail)
	}
}

func BenchmarkText(b *testing.B) {
	for _, bomb := range []string{divs(100_000), blockquotes(100_000), strings.Repeat("<p>Hello <b>you</b></p>", 180)} {
		b.Run(fmt.Sprint(len(bomb)), func(b *testing.B) {
			for b.Loop() {
				Text(bomb)
			}
		})
	}
}

func BenchmarkSanitise(b *testing.B) {
	for _, bomb := range []string{divs(100_000), strings.Repeat("<p>Hello <b>you</b></p>", 180)} {
		b.Run(fmt.Sprint(len(bomb)), func(b *testing.B) {
			for b.Loop() {
				Sanitise(bomb)
			}
		})
	}
}
