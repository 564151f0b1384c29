package mongo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
	"usher/gateway/store/storetest"
)

func TestMongoDBIsAStore(t *testing.T) {
	t.Parallel()
	mongotest.URI(t) // skips here, once, where there is no server
	storetest.Run(t, func(t testing.TB) store.Driver {
		d, err := mongo.Open(t.Context(), mongotest.URI(t))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		return d
	})
}

// An address holds a password; its errors must not.
func TestErrorsOfAnAddressHoldNoPassword(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"mongodb://user:hunter2@", "mongodb://user:hunter2@127.0.0.1:1/usher?serverSelectionTimeoutMS=200", "mongodb://user:hunt%zzer2@host/"} {
		_, err := mongo.Open(t.Context(), uri)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
		require.NotContains(t, err.Error(), "hunt%zzer2")
	}
}
