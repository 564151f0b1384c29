package store

import (
	"time"

	"usher/gateway/contact"
)

// ClaimLink is a way to prove a contact point, once: whoever was sent it has the contact point. Its id is made of the SHA-256 of its token, which is kept nowhere. It is deleted when it was followed.
type ClaimLink struct {
	contact.Document `bson:",inline"`

	ProfileID string         `json:"profile_id"` // whose the contact point is claimed to be; the profile may be merged since
	Scheme    contact.Scheme `json:"scheme"`
	Value     string         `json:"value"` // the normal form
	Who       string         `json:"who"`   // the agent, else the key, that made it
	CreatedAt time.Time      `json:"created_at"`
	ExpiresAt time.Time      `json:"expires_at"`
}
