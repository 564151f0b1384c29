package mention

import (
	"regexp"
	"strings"
)

// maxLines bounds how many lines of a text are told apart; what is beyond is taken for somebody else's.
const maxLines = 5000

var (
	// pasted is a line of a copied conversation: "[12.11.26, 10:02:11] Ann: hello", "12/11/2026, 10:02 - Ann: hello".
	pasted = regexp.MustCompile(`^\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? (?:at )?\d{1,2}:\d{2}(?::\d{2})?(?: ?[apAP]\.?[mM]\.?)?\]?(?: [-–])? [^:]{1,60}: `)
	// caption stands above a forwarded or answered message: dashes around words, or who wrote when.
	caption = regexp.MustCompile(`^[ \t*]*(?:[-_=]{3,}[ \t]?[^-_=\s][^-_=]{2,60}[-_=]{3,}|_{10,}|(?:begin )?forwarded message:?|forwarded from .*|weitergeleitet von .*|weitergeleitete nachricht:?|message transféré:?|mensaje reenviado:?|пересланное сообщение:?)[ \t*]*$`)
	// header is a line of a copied mail's head.
	header = regexp.MustCompile(`^[ \t*]*(?:from|von|de|da|van|от|od|sent|gesendet|envoyé|enviado|to|an|à|para)[ \t*]*:.*(?:@|\d{4})`)
	// wrote is a line above a quote: "On Monday Ann wrote:".
	wrote = regexp.MustCompile(`(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|napisał\(?a?\)?|написала?|yazdı|skrev)[^:]{0,80}:$`)
)

// Own are the stretches of a chat's text that are the sender's own, as bytes from and up to: not the lines that are marked as quoted or copied from a conversation, and nothing below a caption of a forwarded or answered message.
func Own(text string) [][2]int {
	var own [][2]int
	for start, lines := 0, 0; start < len(text) && lines < maxLines; lines++ {
		end := lineEnd(text, start)
		line := strings.ToLower(strings.TrimSpace(strings.Map(visible, text[start:end])))
		if endsOwn(line) {
			return own
		}
		if !strings.HasPrefix(line, ">") && !strings.HasPrefix(line, "＞") && !pasted.MatchString(line) {
			own = joined(own, start, end)
		}
		start = end
	}
	return own
}

// maxCaption is the longest line that introduces somebody else's words, in bytes.
const maxCaption = 200

// endsOwn reports whether a line says that what follows is somebody else's.
func endsOwn(line string) bool {
	return len(line) <= maxCaption && (caption.MatchString(line) || header.MatchString(line) || strings.HasSuffix(line, ":") && wrote.MatchString(line))
}

// lineEnd is behind the line's end.
func lineEnd(text string, start int) int {
	if i := strings.IndexAny(text[start:], "\r\n"); i >= 0 {
		return start + i + 1
	}
	return len(text)
}

// joined adds a stretch to those before, as one with the last if it follows.
func joined(own [][2]int, start, end int) [][2]int {
	if n := len(own); n > 0 && own[n-1][1] == start {
		own[n-1][1] = end
		return own
	}
	return append(own, [2]int{start, end})
}

// visible drops the marks of direction and width, which would hide a quote mark.
func visible(r rune) rune {
	if Invisible(r) {
		return -1
	}
	return r
}
