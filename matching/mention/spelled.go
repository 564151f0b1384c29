package mention

import (
	"regexp"
	"strings"
)

// spelledPattern is an address as transcripts have it: "john dot smith at example dot com". Words of one character are spelled letters and not put together: too much would have to be guessed.
var spelledPattern = regexp.MustCompile(`(?i)(^|[^\s]+[\s]|[.!?]\s)([a-z0-9][a-z0-9_-]*(?:\s(?:dot|point|punkt|punto|ponto|underscore|unterstrich|dash|hyphen|minus|bindestrich)\s[a-z0-9][a-z0-9_-]*){0,3})\s(?:at|ät|arroba|chiocciola|arobase|klammeraffe)\s([a-z0-9][a-z0-9-]*(?:\s(?:dot|punkt|punto|point|ponto)\s[a-z][a-z0-9-]+){1,3})`)

// atPattern is the sign's name by itself.
var atPattern = regexp.MustCompile(`(?i)\s(?:at|ät|arroba|chiocciola|arobase|klammeraffe)\s`)

// introduces are the words behind which an address begins. Behind any other it may have begun before: "john smith at example dot com" is nobody's we know.
var introduces = words("is|it's|its|to|email|e-mail|mail|address|at|under|ist|lautet|an|adresse|unter|est|à|es|correo|a|è|é|indirizzo|endereço")

// noLocal are words that stand before "at" in any sentence.
var noLocal = words("me|us|him|her|them|you|it|look|looking|arrive|arrived|meet|is|am|are|was|office|home|here|there|available|reached|email|mail|address|mich|uns|erreichbar|call|work")

// spoken are the signs by their names.
var spoken = strings.NewReplacer(" dot ", ".", " point ", ".", " punkt ", ".", " punto ", ".", " ponto ", ".", " underscore ", "_", " unterstrich ", "_", " dash ", "-", " hyphen ", "-", " minus ", "-", " bindestrich ", "-")

// around is how many bytes before and behind the word for the sign an address is looked for.
const around = 200

// spelled finds addresses that are spelled in words, where it is plain where they begin.
func (f *finder) spelled() {
	for _, at := range atPattern.FindAllStringIndex(f.text, maxFound) {
		from := strings.LastIndexAny(f.text[:max(0, at[0]-around)], " \n") + 1
		m := spelledPattern.FindStringSubmatchIndex(f.text[from:min(len(f.text), at[1]+around)])
		if m == nil {
			continue
		}
		f.address(from, m)
	}
}

// address adds a spelled one.
func (f *finder) address(from int, m []int) {
	for i := range m {
		m[i] += from
	}
	before := Fold(strings.Trim(f.text[m[2]:m[3]], " \t\r\n,:;"))
	local, domain := asWritten(f.text[m[4]:m[5]]), asWritten(f.text[m[6]:m[7]])
	begins := before == "" || strings.ContainsAny(before[len(before)-1:], ".!?:") || introduces[before]
	if begins && len(local) > 1 && len(local) <= maxLocal && len(domain) <= maxDomain && !noLocal[local] && isDomain(domain) {
		f.add(Found{Kind: Mail, Value: local + "@" + domain, Start: m[4], End: m[7]})
	}
}

// asWritten puts signs in the place of their names.
func asWritten(words string) string {
	return spoken.Replace(strings.Join(strings.Fields(strings.ToLower(words)), " "))
}
