// Package mongotest gives tests a fresh database on the MongoDB-wire server that USHER_TEST_MONGODB_URI names.
package mongotest

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Variable names the server; without it the tests that need one are skipped.
const Variable = "USHER_TEST_MONGODB_URI"

// URI is the address of a database of the test's own, dropped when it ends.
func URI(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skip("no MongoDB server: set " + Variable + " (see .ci/mongodb)")
	}
	address, err := url.Parse(server)
	require.NoError(t, err, "reading "+Variable)
	address.Path = "/usher_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:16]
	t.Cleanup(func() { drop(t, address.String(), strings.TrimPrefix(address.Path, "/")) })
	return address.String()
}

// Documents are all documents of a database as they are stored, by collection.
func Documents(t testing.TB, uri string) map[string][]byte {
	t.Helper()
	address, err := url.Parse(uri)
	require.NoError(t, err)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	ctx := t.Context()
	db := client.Database(strings.TrimPrefix(address.Path, "/"))
	names, err := db.ListCollectionNames(ctx, bson.D{})
	require.NoError(t, err)
	all := map[string][]byte{}
	for _, name := range names {
		cursor, err := db.Collection(name).Find(ctx, bson.D{})
		require.NoError(t, err)
		for cursor.Next(ctx) {
			all[name] = append(all[name], cursor.Current...)
		}
		require.NoError(t, cursor.Err())
		require.NoError(t, cursor.Close(ctx))
	}
	require.NoError(t, client.Disconnect(ctx))
	return all
}

func drop(t testing.TB, uri, name string) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	require.NoError(t, err)
	ctx := context.Background() // the test's own has ended
	require.NoError(t, client.Database(name).Drop(ctx))
	require.NoError(t, client.Disconnect(ctx))
}
