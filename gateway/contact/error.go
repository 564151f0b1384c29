package contact

import (
	"errors"
	"fmt"
)

// Kind is the family of an error; the API maps it to an HTTP status in one place.
type Kind string

// The kinds.
const (
	NotFound     Kind = "not_found"
	Conflict     Kind = "conflict"
	Invalid      Kind = "invalid"
	Stale        Kind = "stale"
	Unauthorized Kind = "unauthorized"
	Forbidden    Kind = "forbidden"
	Limited      Kind = "limited"
	Unavailable  Kind = "unavailable"
	Internal     Kind = "internal"
)

// Error is the one error that crosses to a user. Message may be shown to anybody: it names no value that was sent. What only the log may hold is in the wrapped cause.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Details Details
	cause   error
}

// Details are what a refusal names beside its code: ids and codes.
type Details struct {
	Path     []Step    // from one profile to the other, across the decision that keeps them apart
	Blockers []Blocker // what stands in the way
	Survivor string    // who a profile was merged into, in the end
	Done     []string  // the decisions that were made before the refusal, and stand

	Holder    string // the profile that holds the contact point
	Duplicate string // the flag that says that the two may be one person
}

// Step is one step between two profiles.
type Step struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Kind       string `json:"kind"` // merge: they are one person; not_same: they are not
	DecisionID string `json:"decision_id"`
}

// Blocker is one thing that stands in the way.
type Blocker struct {
	Code       string `json:"code"`
	DecisionID string `json:"decision_id,omitempty"`
	ProfileID  string `json:"profile_id,omitempty"`
}

// NewError makes an Error. The message may be shown; the cause, which may be nil, is only logged.
func NewError(kind Kind, code, message string, cause error) *Error {
	return &Error{Kind: kind, Code: code, Message: message, cause: cause}
}

// With adds details.
func (e *Error) With(d Details) *Error {
	e.Details = d
	return e
}

func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.cause)
}

func (e *Error) Unwrap() error { return e.cause }

// KindOf is the kind of err, Internal when it is no Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
