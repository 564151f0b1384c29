package store

import (
	"time"

	"usher/gateway/contact"
)

// Unfinished is an entry of an agent's, kept from before anything of it is written until all of it is: a request that stops is not sent again by itself as a delivery is, and nobody else knows what was said. Its id is the entry's name.
type Unfinished struct {
	contact.Document `bson:",inline"`

	Entry  contact.Entry `json:"entry"`
	Create bool          `json:"create,omitempty"` // a profile of its own, or nothing
	At     time.Time     `json:"at"`               // when it was said
}
