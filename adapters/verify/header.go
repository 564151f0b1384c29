package verify

import (
	"slices"
	"strings"
)

// sent is what the headers of a request hold.
type sent struct {
	signatures []string // without their prefix, not yet decoded
	timestamps []string
	ids        []string
	nonces     []string
}

// read takes the first header set whose signature header is there, and no header that is not signed.
func (c *Checker) read(header func(string) []string) (sent, error) {
	for _, h := range c.scheme.Headers {
		values := header(h.Signature)
		if !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
			continue
		}
		s, err := c.split(values)
		if err != nil {
			return sent{}, err
		}
		s.ids, s.nonces = lookup(header, h.ID), lookup(header, h.Nonce)
		if h.Timestamp != "" {
			s.timestamps = header(h.Timestamp)
		}
		return s, nil
	}
	return sent{}, refuse(MissingSignature)
}

func lookup(header func(string) []string, name string) []string {
	if name == "" {
		return nil
	}
	return header(name)
}

// split cuts all occurrences of the signature header into this scheme's signatures, and timestamps.
func (c *Checker) split(values []string) (sent, error) {
	var s sent
	size := 0
	for _, v := range values {
		if size += len(v); size > maxHeader {
			return sent{}, refuse(TooManySignatures)
		}
		for _, element := range c.elements(v) {
			c.sort(element, &s)
		}
	}
	if len(s.signatures) == 0 {
		return sent{}, refuse(UnsupportedSignature)
	}
	if len(s.signatures) > MaxSignatures {
		return sent{}, refuse(TooManySignatures)
	}
	return s, nil
}

// elements cuts one occurrence of the header.
func (c *Checker) elements(value string) []string {
	if c.scheme.Separator == "" {
		return []string{value}
	}
	return strings.Split(value, c.scheme.Separator)
}

// sort puts an element where it belongs.
func (c *Checker) sort(element string, s *sent) {
	// Proxies join repeated headers with ", ".
	element = strings.TrimSuffix(strings.TrimSpace(element), ",")
	if p := c.scheme.TimestampPrefix; p != "" && strings.HasPrefix(element, p) {
		s.timestamps = append(s.timestamps, element[len(p):])
		return
	}
	if sig, ok := strings.CutPrefix(element, c.scheme.Prefix); ok && sig != "" {
		s.signatures = append(s.signatures, sig)
	}
}
