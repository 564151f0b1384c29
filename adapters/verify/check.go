package verify

import (
	"strconv"
	"time"
)

// Input is a request to check. Body is the raw body, before any decoding.
type Input struct {
	Method string
	URL    string                     // the public URL the provider was given, never what the request says of itself
	Header func(name string) []string // all occurrences, in order; http.Header.Values is one
	Body   []byte
	Now    time.Time
}

// Result is what the signature proves.
type Result struct {
	Key      int           // index of the key that matched; of several that do, the first
	SignedAt time.Time     // zero when the scheme signs no time
	Skew     time.Duration // now less SignedAt: positive for the past
	ID       string        // empty when the scheme signs no id
	Nonce    string        // empty when the scheme signs no nonce
}

// Check proves a request genuine, or says why not with an *Error. With StaleTimestamp the Result is filled in as well: the signature matched, so a clock is wrong or an old request came back.
func (c *Checker) Check(in Input) (Result, error) {
	sent, err := c.read(in.Header)
	if err != nil {
		return Result{}, err
	}
	parts, err := c.parts(in, sent)
	if err != nil {
		return Result{}, err
	}
	signedAt, err := c.signedAt(parts.Timestamp)
	if err != nil {
		return Result{}, err
	}
	key, ok := c.match(parts, sent.signatures)
	if !ok {
		return Result{}, refuse(BadSignature)
	}
	result := Result{Key: key, SignedAt: signedAt, ID: parts.ID, Nonce: parts.Nonce}
	if !c.template.has(fieldTimestamp) {
		return result, nil
	}
	result.Skew = in.Now.Sub(signedAt)
	if result.Skew.Abs() > c.scheme.Tolerance {
		return result, refuse(StaleTimestamp)
	}
	return result, nil
}

// parts gathers what the template signs.
func (c *Checker) parts(in Input, sent sent) (Parts, error) {
	p := Parts{Method: in.Method, URL: in.URL, Body: in.Body}
	if c.template.has(fieldURL) && in.URL == "" {
		return Parts{}, refuse(MissingURL)
	}
	var err error
	if p.Timestamp, err = c.single(fieldTimestamp, sent.timestamps); err != nil {
		return Parts{}, err
	}
	if p.ID, err = c.single(fieldID, sent.ids); err != nil {
		return Parts{}, err
	}
	p.Nonce, err = c.single(fieldNonce, sent.nonces)
	return p, err
}

// reasons are the refusals of a signed value that is missing or unfit.
var reasons = map[field]struct{ missing, bad Reason }{
	fieldTimestamp: {MissingTimestamp, BadTimestamp},
	fieldID:        {MissingID, BadID},
	fieldNonce:     {MissingNonce, BadNonce},
}

// single is the one value of a signed header. A second occurrence is refused: who reads the request later might take the other one.
func (c *Checker) single(f field, values []string) (string, error) {
	if !c.template.has(f) {
		return "", nil
	}
	if len(values) == 0 || values[0] == "" {
		return "", refuse(reasons[f].missing)
	}
	if len(values) > 1 {
		return "", refuse(AmbiguousHeader)
	}
	if v := values[0]; len(v) <= maxValue && printable(v) && !c.template.ambiguous(f, v) {
		return v, nil
	}
	return "", refuse(reasons[f].bad)
}

// printable reports whether s is visible ASCII without spaces.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// maxSeconds is the last second of the year 9999, beyond which a time no longer has a standard text form.
const maxSeconds = 253402300799

// signedAt reads a timestamp: decimal digits only. The text stays what is signed, so leading zeros do no harm.
func (c *Checker) signedAt(text string) (time.Time, error) {
	if !c.template.has(fieldTimestamp) {
		return time.Time{}, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n/uint64(time.Second/c.scheme.Unit) > maxSeconds {
		return time.Time{}, refuse(BadTimestamp)
	}
	if c.scheme.Unit == time.Millisecond {
		return time.UnixMilli(int64(n)).UTC(), nil
	}
	return time.Unix(int64(n), 0).UTC(), nil
}
