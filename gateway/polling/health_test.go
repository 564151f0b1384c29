package polling

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// told is what was recorded of a unit's health, with the reasons.
func told(t *testing.T, db *store.DB) (all []string) {
	found, _, err := db.Events.List(t.Context(), store.Range{Index: "at", Limit: 100})
	require.NoError(t, err)
	for _, e := range found {
		data := map[string]string{}
		for _, p := range e.Data {
			data[p.Name] = p.Value
		}
		all = append(all, data["health"]+" "+data["reason"])
	}
	return all
}

// A folder whose credentials are refused is red once, however often it tries and whichever gateway does, and green when something comes in.
func TestARedUnitStaysRedUntilSomethingComesIn(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, db *store.DB) {
		now := store.Now()
		save := func(d *desk, units ...contact.Unit) {
			for i := range units {
				now = now.Add(time.Second)
				units[i].Name, units[i].Since = "INBOX", now
				require.NoError(t, d.Save(t.Context(), 1, units[i:i+1]))
			}
		}
		refused := contact.Unit{State: contact.AuthFailed, Failures: 1, Error: "refused"}
		again := contact.Unit{State: contact.Connecting, Failures: 1, Error: "refused"}
		d, err := gateway(db, "one", 0).acquire(t.Context(), source)
		require.NoError(t, err)
		save(d, contact.Unit{State: contact.Connecting}, refused, again, refused, again, refused)
		d.release(t.Context())
		d, err = gateway(db, "two", 0).acquire(t.Context(), source)
		require.NoError(t, err)
		save(d, contact.Unit{}, contact.Unit{State: contact.Connecting}, refused, again, refused)
		require.Equal(t, []string{"red refused"}, told(t, db))
		save(d, again, contact.Unit{State: contact.Waiting}, contact.Unit{State: contact.Connecting}, contact.Unit{State: contact.Fetching})
		require.Equal(t, []string{"red refused", "green "}, told(t, db))
		save(d, contact.Unit{State: contact.Waiting, Seen: 10, Stored: 8})
		require.Equal(t, []string{"red refused", "green ", "red of 10 seen, 2 are missing"}, told(t, db))
	})
}
