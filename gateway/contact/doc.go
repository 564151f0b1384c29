// Package contact is Usher's vocabulary: what an inbound contact, an identity, a profile, an interaction, a delivery, a duplicate and a decision are, and which errors there are.
// It knows no store, no provider and no HTTP, and imports only the standard library.
package contact
