package sender

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// abbreviations before a dot are no domains, whatever registries sell: Dipl.Ing, Dr.No, St.Pierre.
var abbreviations = map[string]bool{"dipl": true, "dr": true, "prof": true, "mag": true, "med": true, "ing": true, "st": true, "mr": true, "mrs": true, "ms": true, "sr": true, "jr": true, "fr": true, "rev": true, "hon": true, "lic": true, "arq": true, "dra": true, "sra": true}

// isRegistered reports whether a word has the form of a registered domain: its suffix is one that a registry manages, and what stands before it is more than an initial.
func isRegistered(domain string) bool {
	domain = strings.ToLower(domain)
	suffix, managed := publicsuffix.PublicSuffix(domain)
	label, found := strings.CutSuffix(domain, "."+suffix)
	return managed && found && !abbreviations[label] && (len(label) > 2 || suffix == "com" || suffix == "net" || suffix == "org")
}
