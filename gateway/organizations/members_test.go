package organizations_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/store/sqlite"
)

// A gateway that starts on a store with members knows so from its first contact on, however many come at once; and it hears of a first member that it makes itself.
func TestTheFirstContactsFindTheirMembership(t *testing.T) {
	t.Parallel()
	driver, err := sqlite.Open(filepath.Join(t.TempDir(), "usher.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, driver.Close()) })
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	first := organizations.New(db)
	none, err := first.Sole(t.Context(), "prf_a")
	require.NoError(t, err)
	require.Empty(t, none)
	acme, err := first.Create(t.Context(), "", contact.Organization{Name: "Acme"})
	require.NoError(t, err)
	_, err = first.Join(t.Context(), contact.Membership{ProfileID: "prf_a", OrganizationID: acme.ID, How: contact.MemberByAgent, Since: store.Now()})
	require.NoError(t, err)
	found, err := first.Sole(t.Context(), "prf_a")
	require.NoError(t, err)
	require.Equal(t, acme.ID, found)

	second := organizations.New(db) // a gateway that starts
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			found, err := second.Sole(t.Context(), "prf_a")
			if err != nil || found != acme.ID {
				t.Errorf("%q, %v", found, err)
			}
		})
	}
	all.Wait()
}
