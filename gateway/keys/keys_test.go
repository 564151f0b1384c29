package keys_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
)

func open(t *testing.T, uri string) *store.DB {
	t.Helper()
	db, err := gateway.OpenStore(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// However many gateways start on an empty store at once, one first key is made, and only one of them prints it.
func TestTheFirstKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		secrets := make([]string, 20)
		var all sync.WaitGroup
		for n := range secrets {
			all.Go(func() {
				secret, made, err := keys.First(t.Context(), db)
				if err != nil {
					t.Error(err)
				}
				if made {
					secrets[n] = secret
				}
			})
		}
		all.Wait()
		printed := strings.Join(secrets, "")
		require.Equal(t, 1, strings.Count(printed, "usk_"))
		key, ok, err := keys.Find(t.Context(), db, printed)
		require.NoError(t, err)
		require.True(t, ok)
		require.True(t, keys.Allows(key, keys.PrivacyErase))
		require.NoError(t, keys.Revoke(t.Context(), db, key.ID))
		_, made, err := keys.First(t.Context(), db)
		require.NoError(t, err)
		require.False(t, made, "a revoked first key does not come back")
	})
}

func TestAKeyIsFoundBySecretUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		secret, made, err := keys.Create(t.Context(), db, keys.Grant{Name: "reader", Scopes: []keys.Scope{keys.ProfilesRead}, Agent: "agent-1"})
		require.NoError(t, err)
		found, ok, err := keys.Find(t.Context(), db, secret)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, made.ID, found.ID)
		require.Equal(t, "agent-1", found.Agent)
		require.True(t, keys.Allows(found, keys.ProfilesRead))
		require.False(t, keys.Allows(found, keys.ProfilesWrite))
		for _, wrong := range []string{"", "usk_", secret + "x", secret[:len(secret)-1], strings.ToUpper(secret), strings.TrimPrefix(secret, "usk_"), "usk_" + strings.Repeat("x", 1000)} {
			_, ok, err := keys.Find(t.Context(), db, wrong)
			require.NoError(t, err)
			require.False(t, ok)
		}
		require.NoError(t, keys.Revoke(t.Context(), db, made.ID))
		require.NoError(t, keys.Revoke(t.Context(), db, made.ID), "again changes nothing")
		_, ok, err = keys.Find(t.Context(), db, secret)
		require.NoError(t, err)
		require.False(t, ok)
		require.Equal(t, contact.NotFound, contact.KindOf(keys.Revoke(t.Context(), db, "key_none")))
		all, err := keys.List(t.Context(), db)
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.False(t, all[0].RevokedAt.IsZero())
	})
}

// Whoever reads the database learns no key.
func TestTheSecretIsNotStored(t *testing.T) {
	t.Parallel()
	db := open(t, gatewaytest.SQLite(t))
	secret, made, err := keys.Create(t.Context(), db, keys.Grant{Name: "x", Scopes: []keys.Scope{keys.Admin}})
	require.NoError(t, err)
	stored, err := db.Keys.Find(t.Context(), made.ID)
	require.NoError(t, err)
	text, err := json.Marshal(stored)
	require.NoError(t, err)
	require.NotContains(t, string(text), strings.TrimPrefix(secret, "usk_"))
	other, _, err := keys.Create(t.Context(), db, keys.Grant{Name: "x", Scopes: []keys.Scope{keys.Admin}})
	require.NoError(t, err)
	require.NotEqual(t, secret, other)
}

func TestAKeyForNothingIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t, gatewaytest.SQLite(t))
	for _, g := range []keys.Grant{{Name: "no scope"}, {Name: "odd scope", Scopes: []keys.Scope{"everything"}}, {Name: strings.Repeat("long", 30), Scopes: []keys.Scope{keys.Admin}}} {
		_, _, err := keys.Create(t.Context(), db, g)
		require.Equal(t, contact.Invalid, contact.KindOf(err))
	}
}
