package sender

import (
	"regexp"
	"strings"
)

// Wrapping is how an envelope address hides another.
type Wrapping string

// The wrappings.
const (
	VERP Wrapping = "verp" // bounces+ann=example.com@list.example: the recipient of our own mailing
	BATV Wrapping = "batv" // prvs=0123abcdef=ann@example.com: a signed return path (draft-levine-smtp-batv)
	SRS  Wrapping = "srs"  // SRS0=hash=tt=example.com=ann@relay.example: a forwarder's return path (libsrs2)
)

const maxWrapped = 4 // one inside the other

var (
	batvPattern = regexp.MustCompile(`(?i)^(?:prvs=[0-9a-z]{4,32}[=/]|btv1==[0-9a-z]{2,32}==)(.+@.+)$`)
	srs0Pattern = regexp.MustCompile(`(?i)(?:^|\+)SRS0?[=+-][^=]{1,16}=[^=]{1,8}=([^=@]+)=([^@]+)@`)
	srs1Pattern = regexp.MustCompile(`(?i)^SRS1[=+-][^=]{1,16}=[^=]+=[=+-][^=]{1,16}=[^=]{1,8}=([^=@]+)=([^@]+)@`)
	verpPattern = regexp.MustCompile(`(?i)^([^@]+)=([a-z0-9-]+(?:\.[a-z0-9-]+)+)@`)
)

// Unwrap finds the address inside a bounce's envelope address. It serves to match a bounce to what we sent, and never to say who wrote. Of a VERP address the beginning of the local part is a guess: compare it with addresses that were written to.
func Unwrap(addr string) (inner string, how Wrapping, ok bool) {
	addr = bareAddr(addr)
	for range maxWrapped {
		next, wrapping := unwrapOnce(addr)
		if wrapping == "" {
			break
		}
		addr, how = next, wrapping
	}
	return addr, how, how != "" && KeyOf(addr).Key != ""
}

func unwrapOnce(addr string) (string, Wrapping) {
	if len(addr) > 2*maxAddr {
		return "", ""
	}
	if m := batvPattern.FindStringSubmatch(addr); m != nil {
		return m[1], BATV
	}
	if m := srs1Pattern.FindStringSubmatch(addr); m != nil {
		return m[2] + "@" + m[1], SRS
	}
	if m := srs0Pattern.FindStringSubmatch(addr); m != nil {
		return m[2] + "@" + m[1], SRS
	}
	if m := verpPattern.FindStringSubmatch(addr); m != nil {
		return verpLocal(m[1]) + "@" + m[2], VERP
	}
	return "", ""
}

var (
	verpTag    = regexp.MustCompile(`^(?:[0-9a-f]*\d[0-9a-f]*|[0-9a-f]{4,})$`)
	bounceWord = regexp.MustCompile(`(?i)^(?:bounces?|return|returns|verp|b|owner|list|news|newsletter|mailer|msprvs1|em|err|errors?)$`)
)

// verpLocal is the recipient's local part in a VERP address: what follows the last "+", or the list's name and numbers.
func verpLocal(local string) string {
	if i := strings.IndexByte(local, '+'); i >= 0 {
		local = local[i+1:]
	}
	for {
		head, rest, ok := strings.Cut(local, "-")
		if !ok || rest == "" || !verpTag.MatchString(head) && !bounceWord.MatchString(head) {
			return local
		}
		local = rest
	}
}
