package message

const (
	maxReport = 256 << 10 // bytes read of a report
	maxGroups = 200
)

func isReport(kind string) bool {
	switch kind {
	case "message/delivery-status", "message/global-delivery-status", "message/disposition-notification", "message/global-disposition-notification",
		"message/feedback-report", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		return true
	}
	return isMail(kind)
}

func isMail(kind string) bool {
	return kind == "message/rfc822" || kind == "message/global" || kind == "message/news"
}

// report reads a part that is made of header fields. Of a mail within the mail only the header is read.
func (a *assembler) report(n *node, kind string) {
	raw, _ := a.read(n, min(a.held, maxReport))
	a.digest(raw)
	if isMail(kind) {
		if groups := parseGroups(raw, 1); len(groups) > 0 {
			a.m.Reports = append(a.m.Reports, Report{Type: kind, Groups: groups})
		}
		return
	}
	a.held -= int64(len(raw))
	a.m.Reports = append(a.m.Reports, Report{Type: kind, Groups: parseGroups(raw, maxGroups), Content: raw})
}
