package sender

import (
	"regexp"
	"strings"
)

// near are the fields that our own servers can have written. Servers add theirs on top, some of them below their own Received; a hop by a strange host ends what can be ours. Ids are the names of our servers.
func near(h Headers, ids []string) Headers {
	organisations := map[string]bool{}
	for _, id := range ids {
		organisations[organisation(id)] = true
	}
	top := true
	for i, p := range h {
		if !strings.EqualFold(p.Name, "Received") {
			continue
		}
		host := hostOf(p.Value)
		if top && host != "" { // the server that holds the mailbox
			organisations[organisation(host)], top = true, false
		}
		if host != "" && !organisations[organisation(host)] {
			return h[:i]
		}
	}
	return h
}

var receivedBy = regexp.MustCompile(`(?i)(?:^|\s)by\s+([^\s;()]+)`)

// hostOf is the host that a Received field was added by, if it has a name in the DNS: an address or "localhost" tells nothing.
func hostOf(received string) string {
	m := receivedBy.FindStringSubmatch(received[:min(len(received), 2048)])
	if m == nil {
		return ""
	}
	host := strings.ToLower(strings.Trim(m[1], ".[]"))
	if !strings.Contains(host, ".") || strings.Contains(host, ":") || strings.Trim(host, "0123456789.") == "" || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".localdomain") {
		return ""
	}
	return host
}
