package reply

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// checkParts holds what callers rely on for any text.
func checkParts(t require.TestingT, text string) {
	p := Split(text, "Ann B. Miller", "李 华")
	at := 0
	for i, s := range p.Spans {
		require.Equal(t, at, s.Start, "a gap or an overlap")
		require.Less(t, s.Start, s.End, "an empty span")
		require.Contains(t, []Kind{Own, Quote, Forward, SignedOff}, s.Kind)
		if i > 0 {
			require.NotEqual(t, p.Spans[i-1].Kind, s.Kind)
			require.Contains(t, "\r\n", text[s.Start-1:s.Start], "a line is in two pieces")
		}
		at = s.End
	}
	require.Equal(t, len(text), at, "something is lost")
	checkEvidence(t, p)
}

func checkEvidence(t require.TestingT, p Parts) {
	last := 0
	found := Signature(p, nil)
	require.LessOrEqual(t, len(found), maxEvidence)
	for _, e := range found {
		require.LessOrEqual(t, last, e.Start, "out of order")
		require.Less(t, e.Start, e.End)
		require.Equal(t, e.Part, kindAt(p, e.Start))
		require.Equal(t, e.Part, kindAt(p, e.End-1))
		require.Contains(t, []Kind{Own, SignedOff}, e.Part)
		require.NotEmpty(t, e.Value)
		require.Equal(t, utf8.ValidString(p.text), utf8.ValidString(p.text) && utf8.ValidString(p.text[e.Start:e.End]), "a rune was cut")
		last = e.Start
	}
}

func kindAt(p Parts, at int) Kind {
	for _, s := range p.Spans {
		if at >= s.Start && at < s.End {
			return s.Kind
		}
	}
	return ""
}

// mailLine draws a line of what mails are made of, so that the machine's states meet in every order.
func mailLine() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{
		"", " ", "Hello,", "yes, on Thursday.", "> quoted", ">> twice", " > indented", ">From here", "-- ", "--", "________________________________", "-----Original Message-----", "---------- Forwarded message ---------",
		"Begin forwarded message:", "From: Ann <ann@example.com>", "Sent: 5 July 2023 10:00", "To: x", "Subject: y", "Von: Ann", "On Wed, Jul 5, 2023 at 10:00 AM Ann", "<ann@example.com> wrote:", "Ann wrote:",
		"Am 05.07.23 um 10:00 schrieb Ann:", "Best regards", "Mit freundlichen Grüßen", "Ann", "Tel. +49 711 123456", "ACME GmbH", "www.example.com", "PS: one more", "Sent from my iPhone", "This e-mail is confidential", "發件人: 林", "２０２３年７月５日 10:00 <a@b.example>:",
		"\u200f\u202b", "\ufeff> q", "a@b.example, c@d.example", "\xff\xfe", "От: Иван", "İ", "(555) 010-1234",
	}), rapid.String())
}

func TestPiecesCoverTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(mailLine(), 0, 40).Draw(t, "lines")
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end")
		checkParts(t, strings.Join(lines, end))
	})
}

// A quoted line is never the sender's: our own agent's signature stands there.
func TestQuotedLinesAreNeverOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(mailLine(), 0, 40).Draw(t, "lines")
		p := Split(strings.Join(lines, "\n"))
		for _, s := range p.Spans {
			if s.Kind != Own && s.Kind != SignedOff {
				continue
			}
			for line := range strings.Lines(p.text[s.Start:s.End]) {
				require.False(t, strings.HasPrefix(line, ">") && !strings.HasPrefix(line, ">From "), "%q", line)
			}
		}
	})
}

// A mail quoted whole tells nothing of its sender, whatever is in it.
func TestAQuotedMailTellsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(mailLine(), 1, 40).Draw(t, "lines")
		text := "> " + strings.Join(strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return r == '\n' || r == '\r' }), "\n> ")
		p := Split(text)
		require.Empty(t, p.Text(Own))
		require.Empty(t, Signature(p, nil))
	})
}

// What a sender writes above a reply does not depend on what is quoted below.
func TestTheQuoteDoesNotChangeTheAnswer(t *testing.T) {
	t.Parallel()
	answer := "Yes, please.\n\nBest regards\nAnn Miller\nACME Ltd\nTel. +44 1632 960123\n\n"
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(mailLine(), 0, 20).Draw(t, "lines")
		quoted := "> " + strings.Join(strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return r == '\n' || r == '\r' }), "\n> ")
		p := Split(answer + "On 5 July 2023 at 10:00 Support <support@ours.example> wrote:\n" + quoted)
		require.Equal(t, "Yes, please.", p.Text(Own))
		require.Equal(t, strings.TrimSpace(answer[len("Yes, please."):]), p.Text(SignedOff))
		require.Len(t, Signature(p, nil), 2)
	})
}

func TestOursIsNoEvidence(t *testing.T) {
	t.Parallel()
	text := "Your colleague ann@ours.example said so.\n\nRegards\nBob\n+44 1632 960123\nbob@example.com\n"
	found := Signature(Split(text), func(kind, value string) bool {
		return kind == Email && strings.HasSuffix(value, "@ours.example") || kind == Phone && value == "+441632960123"
	})
	require.Len(t, found, 1)
	require.Equal(t, "bob@example.com", found[0].Value)
}

// bombs are texts made to cost: each is a shape that some rule looks at.
func bombs(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	all := map[string]string{
		"newlines": fill("\n"), "marks": fill(">"), "quoted": fill("> a\n"), "one_line": fill("a"), "ats": fill("a@"), "dots": fill("a.b@c."), "digits": fill("1 2 3-"), "from": fill("From: a@b.example\n"),
		"labels": fill("From: a\nTo: b\nDate: 1\n"), "wrote": fill("On 5 July 2023 10:00 a@b.example\n"), "colons": fill("x 10:00 a@b:\n"), "delimiter": fill("-- \n"), "regards": fill("Best regards\n"),
		"paragraphs": fill("Tel. 030 1234567\n\n"), "links": fill("www.a.b/"), "urls": fill("https://www.a.b "), "dashes": fill("-"), "rules": fill("-----\n"), "captions": fill("-----Original Message-----\n"), "streets": fill("rue de la 12 street a b c d e f\n"),
		"bidi": fill("\u200f"), "chinese": fill("发件人发件人"), "cr": fill("\r"), "plus": fill("+4"), "interleaved": fill("> a\nb\n"), "signed_runs": fill("> a\n-- \nb\n"), "long_lines": fill(strings.Repeat("x 1:", 120) + "\n"),
		"cards": fill("Head of Sales | ACME Ltd | 030 1234567 | 12 rue de la Paix\n"), "quoted_from": fill("> From: a@b.example\n"), "names": fill("Ann Miller\n"), "initials": fill("A. B. M.\n\n"), "into_quotes": fill("On 10 Nov 2026 a@b.example> x"), "devices": fill("Sent from my iPhone\n\n"), "notices": fill("This e-mail is confidential\n\n"), "tables": fill("| From | a@b.example |\n"),
	}
	for name, text := range all {
		if !strings.Contains(text, "\n") && !strings.HasSuffix(name, "_in_lines") { // what is skipped as one long line is looked at in short ones
			all[name+"_in_lines"] = wrapped(text)
		}
	}
	return all
}

func wrapped(text string) string {
	var b strings.Builder
	for len(text) > maxLine {
		b.WriteString(strings.ToValidUTF8(text[:maxLine-10], "") + "\n")
		text = text[maxLine-10:]
	}
	return b.String()
}

// A mail must not hold up the mailbox: of every shape that some rule looks at, four times as much costs about four times as much. A rule that looks at every line from every line would cost sixteen times.
func TestNoTextCostsMoreThanItsLength(t *testing.T) {
	const size = 8 << 10
	quarters, wholes := bombs(size), bombs(4*size)
	for name := range wholes {
		quarter, whole := time.Hour, time.Hour
		for try := 0; try < 30 && (try < 3 || whole > 9*quarter); try++ { // what else the machine does only adds
			quarter, whole = min(quarter, cost(quarters[name])), min(whole, cost(wholes[name]))
		}
		require.Less(t, whole, 9*quarter, name)
	}
}

func cost(text string) time.Duration {
	start := time.Now()
	Signature(Split(text, "Ann B. Miller"), nil)
	Forwarded(text)
	return time.Since(start)
}

func FuzzSplitLosesNothing(f *testing.F) {
	for _, text := range bombs(256) {
		f.Add(text)
	}
	f.Add("Hi\n\nBest regards\nAnn\n\nOn 5 July 2023 10:00 Ann <a@b.example> wrote:\n> x\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkParts(t, text)
		if h, ok := Forwarded(text); ok && utf8.ValidString(text) {
			require.True(t, utf8.ValidString(h.Name) && utf8.ValidString(h.Addr) && utf8.ValidString(h.Subject))
		}
	})
}
