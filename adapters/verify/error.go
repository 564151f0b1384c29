package verify

import "errors"

// Reason says why a request is not taken for genuine, by a code that can be counted and shown.
type Reason string

// The reasons.
const (
	MissingSignature     Reason = "missing_signature"     // no signature header
	UnsupportedSignature Reason = "unsupported_signature" // a header, but no signature of this scheme in it
	BadSignature         Reason = "bad_signature"         // none matches under any key
	TooManySignatures    Reason = "too_many_signatures"   // more than MaxSignatures, or a header too long to be one
	MissingTimestamp     Reason = "missing_timestamp"
	BadTimestamp         Reason = "bad_timestamp"   // not a number of the scheme's unit
	StaleTimestamp       Reason = "stale_timestamp" // genuine, but signed too far from now; the Result says how far
	MissingID            Reason = "missing_id"
	BadID                Reason = "bad_id" // too long, not printable, or holding the separator
	MissingNonce         Reason = "missing_nonce"
	BadNonce             Reason = "bad_nonce"
	AmbiguousHeader      Reason = "ambiguous_header" // a signed header that is there twice
	MissingURL           Reason = "missing_url"      // the caller gave no URL to a scheme that signs it
)

// Error is a request that was not proved genuine. It holds nothing of the request.
type Error struct{ Reason Reason }

func (e *Error) Error() string { return "checking signature: " + string(e.Reason) }

// ReasonOf is the Reason in err, empty when err is no Error.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}

func refuse(r Reason) error { return &Error{Reason: r} }
