package people_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// BenchmarkMerge previews, merges and undoes two people with long histories on SQLite, beside two with short ones in the same file: the median of each in milliseconds, and the ratio, which is to be about 1.
func BenchmarkMerge(b *testing.B) {
	db, err := gateway.OpenStore(b.Context(), gatewaytest.SQLite(b))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	p := people.New(db)
	const short, long = 1_000, 100_000
	for _, length := range []int{short, long} {
		for _, side := range []string{"a", "b"} {
			history(b, db, fmt.Sprintf("prf_%s_%d", side, length), length)
		}
	}
	took := map[string][]time.Duration{}
	for n := 0; b.Loop(); n++ {
		for _, length := range []int{short, long} {
			cycle(b, p, length, n, took)
		}
	}
	for _, what := range []string{"preview", "merge", "undo"} {
		one, other := median(took[fmt.Sprint(what, short)]), median(took[fmt.Sprint(what, long)])
		b.ReportMetric(float64(other.Microseconds())/1000, what+"-ms")
		b.ReportMetric(float64(other)/float64(one), what+"-ratio")
	}
	b.ReportMetric(0, "ns/op")
}

// cycle previews, merges and undoes once.
func cycle(b *testing.B, p *people.People, length, n int, took map[string][]time.Duration) {
	from, into := fmt.Sprintf("prf_a_%d", length), fmt.Sprintf("prf_b_%d", length)
	timed := func(what string, do func() error) {
		began := time.Now()
		require.NoError(b, do())
		took[fmt.Sprint(what, length)] = append(took[fmt.Sprint(what, length)], time.Since(began))
	}
	var v people.Preview
	var made []contact.Decision
	timed("preview", func() (err error) {
		v, err = p.Preview(b.Context(), []string{from}, into)
		return err
	})
	timed("merge", func() (err error) {
		made, err = p.Merge(b.Context(), people.Wish{Op: fmt.Sprint(length, "-", n), From: []string{from}, Into: into, Token: v.Token, Who: "agent-1"})
		return err
	})
	timed("undo", func() error {
		_, err := p.UndoMerge(b.Context(), people.Wish{Who: "agent-1"}, made[0].ID)
		return err
	})
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// history stores a profile with so many interactions; many writers share the commits.
func history(b *testing.B, db *store.DB, id string, length int) {
	require.NoError(b, db.Profiles.Insert(b.Context(), contact.Profile{Document: contact.Document{ID: id}, Name: id, CreatedAt: noon}))
	for _, scheme := range []contact.Scheme{contact.Tel, contact.Mailto} {
		i := contact.Identity{Scheme: scheme, Value: id, ProfileID: id}
		i.ID = db.Salt.IdentityID(scheme, "", id, "")
		i.Of = i.ID
		require.NoError(b, db.Identities.Insert(b.Context(), i))
	}
	const writers = 256
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := w; n < length; n += writers {
				i := contact.Interaction{ProfileID: id, Direction: contact.FromCustomer, OccurredAt: noon.Add(time.Duration(n) * time.Second)}
				i.ID = db.Salt.ID(contact.InteractionPrefix, id, fmt.Sprint(n))
				if err := db.Interactions.Insert(b.Context(), i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
