package domain

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"usher/matching/normal"
)

// The lists are others' (see NOTICE), one domain a line, in order.
//
//go:embed free_email_domains.txt
var freeMail string

//go:embed disposable_email_domains.txt
var disposable string

var (
	freeMailList   = sync.OnceValue(func() []string { return strings.Fields(freeMail) })
	disposableList = sync.OnceValue(func() []string { return strings.Fields(disposable) })
)

// Open says by a code why an address at a host tells nothing about who somebody works for: domain_is_disposable, domain_is_free_mail. Empty: it may tell. What is below such a domain is as open as the domain.
func Open(host string) string {
	for _, name := range Chain(host) {
		if listed(disposableList(), name) {
			return "domain_is_disposable"
		}
		if listed(freeMailList(), name) || openKind(name) {
			return "domain_is_free_mail"
		}
	}
	return ""
}

func listed(list []string, name string) bool {
	_, found := slices.BinarySearch(list, name)
	return found
}

// openKind reports whether matching knows the domain for one of free mail, or of stand-ins for other addresses.
func openKind(name string) bool {
	m, ok := normal.ParseMail("a@" + name)
	return ok && (m.Kind == normal.FreeMail || m.Kind == normal.Relay)
}
