package ingest_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// A contact that leaves quarantine because its cause is over is told as released, wherever the process stops, and a further replay is no news.
func TestWhoIsLetGoIsTold(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		db, err := store.Open(t.Context(), s)
		require.NoError(t, err)
		g := ingest.New(db, map[string]ingest.Source{"web": {Adapter: standard.NewReader()}}, ingest.Own{}, slog.New(slog.DiscardHandler))
		p := people.New(db)
		for k := 0; ; k++ {
			address := fmt.Sprintf("ann%d@web.example", k)
			b, err := p.Block(t.Context(), people.Barring{Kind: contact.IdentityBlock, Target: db.Salt.IdentityID(contact.Mailto, "", address, ""), Who: "anna"})
			require.NoError(t, err)
			d := &contact.Delivery{Source: "web", Key: address, ReceivedAt: noon}
			d.ID = fmt.Sprint("dlv_", k)
			read := func(version int64) (contact.Outcome, error) {
				d.Version = version
				body := fmt.Sprintf(`{"id":%q,"type":"message.received","data":{"channel":"web_chat","from":{"identifiers":[{"scheme":"mailto","value":%q}]}}}`, address, address)
				result, err := g.Handle(t.Context(), d, strings.NewReader(body))
				return result.Outcome, err
			}
			outcome, err := read(1)
			require.NoError(t, err)
			require.Equal(t, contact.Quarantined, outcome)
			_, err = p.Unblock(t.Context(), b.ID, 0, "anna")
			require.NoError(t, err)
			s.StopAfter(int64(k))
			_, stopped := read(4)
			s.GoOn()
			for range 2 {
				outcome, err = read(6)
				require.NoError(t, err)
				require.Equal(t, contact.Recorded, outcome)
			}
			told, _, err := db.Events.List(t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
			require.NoError(t, err)
			var released []string
			for _, e := range told {
				if e.By == d.ID+".0" && strings.HasPrefix(e.Type, "quarantine.") {
					released = append(released, e.Type+" "+e.Subject)
				}
			}
			id := db.Salt.QuarantineID(d.ID, 0)
			require.ElementsMatch(t, []string{"quarantine.added " + id, "quarantine.released " + id}, released, "stopped after %d writes", k)
			if stopped == nil {
				require.Greater(t, k, 4)
				return
			}
		}
	})
}
