package contact

import "time"

// Document is what every stored document begins with: its id and the version that a compare-and-set goes by. A new document has version 1.
type Document struct {
	ID      string `json:"id" bson:"_id"`
	Version int64  `json:"v"`
}

// Stored is a document of any kind.
type Stored interface{ Base() *Document }

// Base returns the document's head.
func (d *Document) Base() *Document { return d }

// Happened is when something took place that says when it occurred: the last moment it can mean, for many say the second only, and not later than it was received.
func Happened(occurred, received time.Time) time.Time {
	if occurred.Nanosecond() == 0 {
		occurred = occurred.Add(time.Second - time.Millisecond)
	}
	if received.Before(occurred) {
		return received
	}
	return occurred
}

// Instant is t as it is stored: UTC, milliseconds (what a BSON date holds).
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
