package sender

import (
	"cmp"
	"strings"

	"usher/gateway/contact"
)

// NoID stands in the list of authserv-ids for fields without one, as Microsoft 365 writes them. It removes those that came with a mail.
const NoID = "-"

// Authentication is what the receiving server found out of a mail's sender.
type Authentication struct {
	Assurance  contact.Assurance
	AuthservID string // of the field that was used; NoID for one without; empty if none was
	DMARC      string
	DKIM       string // pass only if a signature of the From's organisation passed, else the first result
	SPF        string
	ARC        string
}

// Assurance judges the From address by the topmost Authentication-Results field of the servers named in ids. Pass is an aligned DMARC or DKIM pass, fail a DMARC failure. Everything else is none:
// SPF speaks of the envelope only, and a field that no server of ours wrote could be the sender's own.
func Assurance(h Headers, from []Address, ids []string) Authentication {
	a := Authentication{Assurance: contact.None}
	field, id, ok := trusted(h, ids)
	if !ok || len(from) != 1 {
		return a
	}
	domain := KeyOf(from[0].Addr).Domain()
	if domain == "" {
		return a
	}
	a.AuthservID = id
	for _, r := range field.results {
		a.take(r, domain)
	}
	switch {
	case a.DMARC == "fail":
		a.Assurance = contact.Fail
	case a.DMARC == "pass" || a.DKIM == "pass":
		a.Assurance = contact.Pass
	}
	return a
}

// take notes one result. The first of a method counts, but for DKIM: a mail may carry several signatures, and one aligned pass is enough.
func (a *Authentication) take(r result, domain string) {
	switch r.method {
	case "dmarc":
		if about := r.props["header.from"]; about == "" || sameOrganisation(domainIn(about), domain) {
			a.DMARC = cmp.Or(a.DMARC, r.value)
		}
	case "dkim":
		signer := cmp.Or(r.props["header.d"], r.props["header.i"])
		switch {
		case r.value == "pass" && signer != "" && sameOrganisation(domainIn(signer), domain):
			a.DKIM = "pass"
		case r.value == "pass":
			a.DKIM = cmp.Or(a.DKIM, "unaligned")
		default:
			a.DKIM = cmp.Or(a.DKIM, r.value)
		}
	case "spf":
		a.SPF = cmp.Or(a.SPF, r.value)
	case "arc":
		a.ARC = cmp.Or(a.ARC, r.value)
	}
}

// domainIn is the domain of an address, or the text itself.
func domainIn(s string) string {
	return strings.Trim(s[strings.LastIndexByte(s, '@')+1:], "<> ")
}

// trusted finds the topmost field of one of our servers.
func trusted(h Headers, ids []string) (authResults, string, bool) {
	for _, p := range near(h, ids) {
		if !strings.EqualFold(p.Name, "Authentication-Results") {
			continue
		}
		field := parseAuthResults(p.Value)
		if id, ok := configured(field, ids); ok {
			return field, id, true
		}
	}
	return authResults{}, "", false
}

func configured(field authResults, ids []string) (string, bool) {
	for _, id := range ids {
		if id == NoID && field.id == "" && len(field.results) > 0 {
			return NoID, true
		}
		if field.id != "" && strings.EqualFold(id, field.id) {
			return field.id, true
		}
	}
	return "", false
}
