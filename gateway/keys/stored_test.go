package keys_test

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/keys"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/sqlite"
)

// eachStore runs a test on a fresh database of every kind there is a server for.
func eachStore(t *testing.T, test func(t *testing.T, driver store.Driver, db *store.DB)) {
	t.Helper()
	run := func(t *testing.T, driver store.Driver, err error) {
		require.NoError(t, err)
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		test(t, driver, db)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
		run(t, driver, err)
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		driver, err := mongo.Open(t.Context(), mongotest.URI(t))
		run(t, driver, err)
	})
}

func create(t *testing.T, db *store.DB, scopes ...keys.Scope) (string, store.Key) {
	t.Helper()
	secret, key, err := keys.Create(t.Context(), db, keys.Grant{Name: "desk", Scopes: scopes, Agent: "ada", Source: "desk"})
	require.NoError(t, err)
	return secret, key
}

// A copy of the database opens nothing: neither the secret nor the random bytes in it are in the document as it is stored.
func TestTheStoredDocumentHoldsTheHashAndNotTheSecret(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, db *store.DB) {
		secret, made := create(t, db, keys.Admin)
		first, ok, err := keys.First(t.Context(), db)
		require.NoError(t, err)
		require.True(t, ok)
		raw := rawDocuments(t, driver, db)
		require.Contains(t, raw, made.Hash, "the scan sees what is stored")
		for _, s := range []string{secret, first} {
			random, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(s, "usk_"))
			require.NoError(t, err)
			require.Len(t, random, 32)
			for _, spelled := range []string{strings.TrimPrefix(s, "usk_"), fmt.Sprintf("%x", random), string(random), base64.StdEncoding.EncodeToString(random)} {
				require.NotContains(t, raw, spelled)
			}
		}
	})
}

// rawDocuments is every field of every stored key, also those that store.Key has no place for.
func rawDocuments(t *testing.T, driver store.Driver, db *store.DB) string {
	t.Helper()
	var raw strings.Builder
	err := driver.Range(t.Context(), db.Keys.Schema(), store.Range{Index: "created", Limit: 10}, func(decode store.Decode) error {
		var document map[string]any
		if err := decode(&document); err != nil {
			return err
		}
		_, err := fmt.Fprintln(&raw, document)
		return err
	})
	require.NoError(t, err)
	return raw.String()
}
