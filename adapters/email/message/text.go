package message

import "strings"

// unbroken is a text with "\n" for every line end and without NULs.
func unbroken(s string) string {
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(s, "\r\r\n", "\n")
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// maxQuote bounds the quote marks of a line that is joined from others.
const maxQuote = 100

// unflow joins the lines of format=flowed (RFC 3676). Quote marks are kept, one for each depth. delSp is the parameter DelSp: the blank at a flowed line's end is no part of the text.
func unflow(s string, delSp bool) string {
	var out strings.Builder
	depth := -1 // of the line that the next one continues, -1 when it ended
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		text := strings.TrimPrefix(line[d:], " ")
		flowed := strings.HasSuffix(text, " ") && text != "-- "
		if depth >= 0 && (depth != d || text == "-- ") {
			out.WriteByte('\n')
			depth = -1
		}
		if depth < 0 && d > 0 {
			out.WriteString(strings.Repeat(">", min(d, maxQuote)))
			out.WriteByte(' ')
		}
		if flowed && delSp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
		depth = d
		if !flowed {
			out.WriteByte('\n')
			depth = -1
		}
	}
	return out.String()
}
