// Package keys makes, finds and revokes API keys. Of a key only its SHA-256 is stored, and it is shown once.
package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Scope is what a key may do.
type Scope string

// The scopes. Admin may do everything.
const (
	IngestWrite      Scope = "ingest:write"
	ProfilesRead     Scope = "profiles:read"
	ProfilesWrite    Scope = "profiles:write"
	DuplicatesReview Scope = "duplicates:review"
	ProfilesMerge    Scope = "profiles:merge"
	ProfilesUndo     Scope = "profiles:undo"
	PrivacyErase     Scope = "privacy:erase"
	Admin            Scope = "admin"
)

// Scopes are all of them.
var Scopes = []Scope{IngestWrite, ProfilesRead, ProfilesWrite, DuplicatesReview, ProfilesMerge, ProfilesUndo, PrivacyErase, Admin}

// prefix begins every key, so that one that leaked into a file can be found.
const prefix = "usk_"

// firstID is the id of the key of the very first start: whoever inserts it first prints it.
const firstID = contact.KeyPrefix + "first"

// Grant is what a new key is for.
type Grant struct {
	Name   string // for people, 1 to 100 bytes
	Scopes []Scope
	Agent  string // the agent whose decisions it makes
	Source string // the source its interactions are recorded under
}

// Create stores a new key and returns its secret, which is not to be had again.
func Create(ctx context.Context, db *store.DB, g Grant) (secret string, key store.Key, err error) {
	if err := g.check(); err != nil {
		return "", key, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", key, fmt.Errorf("making key: %w", err)
	}
	return insert(ctx, db, contact.KeyPrefix+id.String(), g)
}

// First makes the key of the very first start. It is false if there has been one: it is made once for a store.
func First(ctx context.Context, db *store.DB) (secret string, made bool, err error) {
	if _, err := db.Keys.Find(ctx, firstID); !errors.Is(err, store.ErrNotFound) {
		return "", false, err
	}
	secret, _, err = insert(ctx, db, firstID, Grant{Name: "first key", Scopes: []Scope{Admin}})
	if errors.Is(err, store.ErrExists) { // another gateway was faster, and prints its own
		return "", false, nil
	}
	return secret, err == nil, err
}

func insert(ctx context.Context, db *store.DB, id string, g Grant) (string, store.Key, error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", store.Key{}, fmt.Errorf("making key: %w", err)
	}
	secret := prefix + base64.RawURLEncoding.EncodeToString(random)
	key := store.Key{Name: g.Name, Hash: hash(secret), Agent: g.Agent, Source: g.Source, CreatedAt: store.Now()}
	key.ID = id
	for _, s := range g.Scopes {
		if !slices.Contains(key.Scopes, string(s)) {
			key.Scopes = append(key.Scopes, string(s))
		}
	}
	return secret, key, db.Keys.Insert(ctx, key)
}

// check refuses what no key can be for.
func (g Grant) check() error {
	for _, s := range g.Scopes {
		if !slices.Contains(Scopes, s) {
			return contact.NewError(contact.Invalid, "validation_failed", fmt.Sprintf("unknown scope; there are %s", join(Scopes)), nil)
		}
	}
	if len(g.Scopes) == 0 || strings.TrimSpace(g.Name) == "" || len(g.Name) > 100 {
		return contact.NewError(contact.Invalid, "validation_failed", "a key needs a scope, and a name of at most 100 bytes", nil)
	}
	return nil
}

func join(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// List gives all keys, the newest first.
func List(ctx context.Context, db *store.DB) ([]store.Key, error) {
	keys, _, err := db.Keys.List(ctx, store.Range{Index: "created", Descending: true, Limit: store.MaxLimit})
	return keys, err
}

// Revoke ends a key. A key that is revoked already stays as it is; NotFound if there is none of that id.
func Revoke(ctx context.Context, db *store.DB, id string) error {
	for range 8 {
		key, err := db.Keys.Find(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return contact.NewError(contact.NotFound, "not_found", "no key of that id", nil)
		}
		if err != nil || !key.RevokedAt.IsZero() {
			return err
		}
		key.RevokedAt = store.Now()
		if _, err = db.Keys.Swap(ctx, key); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return store.ErrStale
}

// Find reads the key of a secret. It is false for one that is unknown or revoked. The look-up goes by the SHA-256 of the secret, so that no comparison's time tells how much of a guess was right.
func Find(ctx context.Context, db *store.DB, secret string) (store.Key, bool, error) {
	if !strings.HasPrefix(secret, prefix) || len(secret) > 100 {
		return store.Key{}, false, nil
	}
	found, _, err := db.Keys.List(ctx, store.Range{Index: "hash", Equal: []any{hash(secret)}, Limit: 1})
	if err != nil || len(found) == 0 || !found[0].RevokedAt.IsZero() {
		return store.Key{}, false, err
	}
	return found[0], true, nil
}

// Allows reports whether a key has a scope.
func Allows(key store.Key, scope Scope) bool {
	return slices.Contains(key.Scopes, string(scope)) || slices.Contains(key.Scopes, string(Admin))
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
