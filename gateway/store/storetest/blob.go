package storetest

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"usher/gateway/store"
)

// blobs come back as they went in, in pieces and from any place; one that breaks off on its way in is no blob, and writing it again completes it.
func blobs(t *testing.T, d store.Driver) {
	db, err := store.Open(t.Context(), d)
	require.NoError(t, err)
	content := bytes.Repeat([]byte("0123456789abcdef"), 50_000) // three chunks and a bit
	_, err = db.WriteBlob(t.Context(), "blb_1", io.MultiReader(bytes.NewReader(content[:600_000]), iotest.ErrReader(io.ErrUnexpectedEOF)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	size, err := db.WriteBlob(t.Context(), "blb_1", iotest.HalfReader(bytes.NewReader(content)))
	require.NoError(t, err)
	require.EqualValues(t, len(content), size)
	read := db.ReadBlob(t.Context(), "blb_1", size)
	require.NoError(t, iotest.TestReader(read, content))
	_, err = io.ReadAll(db.ReadBlob(t.Context(), "blb_none", 10))
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, db.DropBlob(t.Context(), "blb_1"))
	require.NoError(t, db.DropBlob(t.Context(), "blb_1"))
	n, err := db.Blobs.Count(t.Context(), "owner", "blb_1")
	require.NoError(t, err)
	require.Zero(t, n)
}
