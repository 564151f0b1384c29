package organizations_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// Of more than is counted, the latest are, and the figures say from when; what is ever, such as the first contact, does not suffer.
func TestFiguresSayWhatTheyLeftOut(t *testing.T) {
	t.Parallel()
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, driver.Close()) })
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for n := range 10 {
		i := contact.Interaction{Document: contact.Document{ID: fmt.Sprint("int_", n)}, Channel: contact.Email, Direction: contact.FromCustomer, OrganizationID: "org_a", ProfileID: fmt.Sprint("prf_", n%3), OccurredAt: noon.AddDate(0, 0, n)}
		if n == 0 || n == 9 {
			i.Direction = contact.FromUs
		}
		require.NoError(t, db.Interactions.Insert(t.Context(), i))
	}
	query := organizations.Query{Organization: "org_a", By: organizations.Day, Zone: time.UTC, Roots: func(_ context.Context, profiles []string) (map[string]string, error) {
		roots := map[string]string{}
		for _, id := range profiles {
			roots[id] = id
		}
		roots["prf_2"] = "prf_0"
		return roots, nil
	}}
	for most, complete := range map[int]bool{4: false, 11: true} {
		query.Most = most
		f, err := organizations.New(db).Figures(t.Context(), query)
		require.NoError(t, err)
		require.Equal(t, complete, f.Complete)
		require.EqualValues(t, min(most, 10), f.Interactions)
		require.Len(t, f.Periods, min(most, 10))
		require.Equal(t, noon.AddDate(0, 0, 10-min(most, 10)), f.CountedSince)
		require.Equal(t, noon.AddDate(0, 0, 1), *f.FirstContact, "what we sent is no contact of theirs")
		require.Equal(t, noon.AddDate(0, 0, 8), *f.LastContact)
		require.Len(t, f.Members, 2)
		require.Equal(t, "prf_0", f.Members[0].ProfileID)
		require.EqualValues(t, min(most, 10), f.Members[0].Interactions+f.Members[1].Interactions)
	}
}
