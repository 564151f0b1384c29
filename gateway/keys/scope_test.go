package keys_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

func find(t *testing.T, db *store.DB, secret string) (store.Key, bool) {
	t.Helper()
	key, ok, err := keys.Find(t.Context(), db, secret)
	require.NoError(t, err)
	return key, ok
}

func TestARevokedKeyOpensNothingAndStaysListed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, _ store.Driver, db *store.DB) {
		secret, key := create(t, db, keys.Admin)
		kept, _ := create(t, db, keys.ProfilesRead)
		require.NoError(t, keys.Revoke(t.Context(), db, key.ID))
		_, ok := find(t, db, secret)
		require.False(t, ok)
		_, ok = find(t, db, kept)
		require.True(t, ok, "another key is not concerned")

		before, err := db.Keys.Find(t.Context(), key.ID)
		require.NoError(t, err)
		require.False(t, before.RevokedAt.IsZero())
		require.NoError(t, keys.Revoke(t.Context(), db, key.ID), "twice is no mistake")
		after, err := db.Keys.Find(t.Context(), key.ID)
		require.NoError(t, err)
		require.Equal(t, before, after, "the first time stands")

		all, err := keys.List(t.Context(), db)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.False(t, all[0].CreatedAt.Before(all[1].CreatedAt), "the newest first")

		require.Equal(t, contact.NotFound, contact.KindOf(keys.Revoke(t.Context(), db, "key_none")))
	})
}

func TestWhatNoKeyCanBeForIsRefusedAndNotStored(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, _ store.Driver, db *store.DB) {
		for name, grant := range map[string]keys.Grant{
			"no scope":      {Name: "desk"},
			"unknown scope": {Name: "desk", Scopes: []keys.Scope{keys.Admin, "secretive:write"}},
			"no name":       {Name: " ", Scopes: []keys.Scope{keys.Admin}},
			"long name":     {Name: strings.Repeat("n", 101), Scopes: []keys.Scope{keys.Admin}},
		} {
			secret, _, err := keys.Create(t.Context(), db, grant)
			require.Equal(t, contact.Invalid, contact.KindOf(err), name)
			require.NotContains(t, err.Error(), "secretive", "the error repeats what was sent")
			require.Empty(t, secret)
		}
		all, err := keys.List(t.Context(), db)
		require.NoError(t, err)
		require.Empty(t, all)
	})
}

// A scope gives itself and nothing else; only admin gives all.
func TestAScopeGivesItselfAlone(t *testing.T) {
	t.Parallel()
	for _, had := range keys.Scopes {
		for _, asked := range keys.Scopes {
			key := store.Key{Scopes: []string{string(had)}}
			require.Equal(t, had == asked || had == keys.Admin, keys.Allows(key, asked), "%s for %s", had, asked)
		}
	}
	require.False(t, keys.Allows(store.Key{}, keys.ProfilesRead))
}
