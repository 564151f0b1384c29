package store

import (
	"time"

	"usher/gateway/contact"
)

// Endpoint is where events are sent to.
type Endpoint struct {
	contact.Document `bson:",inline"`

	URL         string          `json:"url"`
	Description string          `json:"description,omitempty"`
	Types       []string        `json:"types,omitempty"` // of the events that are sent; none: all
	Secrets     []SigningSecret `json:"secrets"`         // the newest first
	Disabled    string          `json:"disabled,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

// SigningSecret signs what is sent to an endpoint.
type SigningSecret struct {
	Secret string    `json:"secret"`         // with whsec_ before it
	Until  time.Time `json:"until,omitzero"` // zero: until another takes its place
}

// Sending is how far the events were sent to an endpoint, and by whom: its id is the endpoint's.
type Sending struct {
	contact.Document `bson:",inline"`

	Owner string    `json:"owner"` // the gateway that is sending
	Until time.Time `json:"until"` // the end of its lease

	At    time.Time `json:"at"` // the place in the feed: the time and the id of the last event that was read
	After string    `json:"after"`

	TakenAt      time.Time `json:"taken_at,omitzero"`      // when the endpoint took something last
	FailingSince time.Time `json:"failing_since,omitzero"` // since when it has taken nothing that it was sent
	Status       int       `json:"status,omitempty"`       // of the last attempt that failed; 0: there was no answer
	Reason       string    `json:"reason,omitempty"`
}

// Undelivered is an event that an endpoint has not taken yet. Its id is made of both.
type Undelivered struct {
	contact.Document `bson:",inline"`

	EndpointID string    `json:"endpoint_id"`
	State      string    `json:"state"`
	At         time.Time `json:"at"` // of the event
	EventID    string    `json:"event_id"`
	Type       string    `json:"type"`
	Subject    string    `json:"subject"`
	About      string    `json:"about"` // events about the same are sent one after the other
	Due        time.Time `json:"due"`   // not before
	Since      time.Time `json:"since"`
	Attempts   int       `json:"attempts"`
	Status     int       `json:"status,omitempty"` // of the last attempt
	Reason     string    `json:"reason,omitempty"`
}

// The states of what was not delivered.
const (
	UndeliveredWaiting = "waiting"
	UndeliveredFailed  = "failed" // given up, until somebody asks for it
)
