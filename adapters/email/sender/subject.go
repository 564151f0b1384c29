package sender

import "strings"

// forwardMarks are what mail programs put before the subject of a mail they forward, in their languages.
var forwardMarks = []string{
	"fwd:", "fw:", "wg:", "tr:", "rv:", "i:", "enc:", "res: fwd:", "doorst:", "fs:", "vb:", "vl:", "pd:", "ilt:", "i̇lt:", "ynt: ilt:", "továbbítás:", "προθ:", "πρθ:", "vs:", "chuyển tiếp:", "пересл:", "перес:", "fwd :", "fw :", "tr :",
	"转发:", "轉寄:", "轉發:", "转寄:", "転送:", "전달:", "إعادة توجيه:", "הועבר:",
}

// Forwards reports whether a subject says that the mail is a forwarded one.
func Forwards(subject string) bool {
	s := foldSubject(subject)
	for _, mark := range forwardMarks {
		if strings.HasPrefix(s, mark) {
			return true
		}
	}
	return false
}
