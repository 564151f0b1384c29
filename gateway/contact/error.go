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
	cause   error
}

// NewError makes an Error. The message may be shown; the cause, which may be nil, is only logged.
func NewError(kind Kind, code, message string, cause error) *Error {
	return &Error{Kind: kind, Code: code, Message: message, cause: cause}
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
