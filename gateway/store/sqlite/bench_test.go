package sqlite

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

func benchDB(b *testing.B) *store.DB {
	d, err := Open(filepath.Join(b.TempDir(), "usher.db"))
	require.NoError(b, err)
	db, err := store.Open(b.Context(), d)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	return db
}

// BenchmarkInsert is an accepted webhook's write, alone and with others that share its commit.
func BenchmarkInsert(b *testing.B) {
	for _, writers := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := benchDB(b)
			var n atomic.Int64
			b.SetParallelism(max(1, writers/2))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					d := contact.Delivery{Queue: "s", Source: "s", Outcome: contact.Accepted, Due: store.Now(), ReceivedAt: store.Now(), Body: make([]byte, 600)}
					d.ID = db.Salt.ID("dlv_", fmt.Sprint(n.Add(1)))
					require.NoError(b, db.Deliveries.Insert(b.Context(), d))
				}
			})
		})
	}
}

func BenchmarkFind(b *testing.B) {
	db := benchDB(b)
	var ids []string
	for i := range 1000 {
		p := contact.Profile{Name: "Ana Silva", CreatedAt: store.Now(), UpdatedAt: store.Now()}
		p.ID = db.Salt.ID("prf_", fmt.Sprint(i))
		ids = append(ids, p.ID)
		require.NoError(b, db.Profiles.Insert(b.Context(), p))
	}
	for i := 0; b.Loop(); i++ {
		_, err := db.Profiles.Find(b.Context(), ids[i%len(ids)])
		require.NoError(b, err)
	}
}
