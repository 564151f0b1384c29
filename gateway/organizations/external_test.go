package organizations_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
	"usher/gateway/store/storetest"
)

func crm(ids ...string) (all []contact.Pair) {
	for _, id := range ids {
		all = append(all, contact.Pair{Name: "crm", Value: id})
	}
	return all
}

// having are the names of the organizations that have an id in the other system.
func having(t *testing.T, db *store.DB, id string) (names []string) {
	t.Helper()
	all, _, err := db.Organizations.List(t.Context(), store.Range{Index: "name", Limit: store.MaxLimit})
	require.NoError(t, err)
	for _, o := range all {
		for _, known := range o.Known() {
			if known == crm(id)[0] {
				names = append(names, o.Name)
			}
		}
	}
	return names
}

func code(err error) string {
	var refused *contact.Error
	errors.As(err, &refused)
	if refused == nil {
		return ""
	}
	return refused.Code
}

// Whoever makes or changes an organization may stop at any write: no two have one id then, the same again finishes it, and what nobody finishes is free for others after some minutes.
func TestAnExternalIDSurvivesAStopAtAnyWrite(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, o *organizations.Organizations, at string) error{
		"made": func(t *testing.T, o *organizations.Organizations, _ string) error {
			_, err := o.Create(t.Context(), "op", contact.Organization{Name: "Bolt", ExternalIDs: crm("7", "8")})
			return err
		},
		"changed": func(t *testing.T, o *organizations.Organizations, at string) error {
			_, err := o.Change(t.Context(), at, 0, func(o *contact.Organization) error { o.Name, o.ExternalIDs = "Bolt", crm("7", "8"); return nil })
			return err
		},
		"entered": func(t *testing.T, o *organizations.Organizations, _ string) error {
			_, err := o.Enter(t.Context(), organizations.Entry{Told: contact.Organization{Name: "Bolt", ExternalIDs: crm("7", "8")}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, again := range []bool{true, false} {
				for k := int64(0); ; k++ {
					var stopped error
					synctest.Test(t, func(t *testing.T) { stopped = stopAt(t, k, change, again) })
					if stopped == nil {
						require.GreaterOrEqual(t, k, int64(3))
						break
					}
					require.ErrorIs(t, stopped, storetest.ErrStopped)
				}
			}
		})
	}
}

// stopAt takes an id away from one organization and gives it to another, which stops after some writes; then the same is done again, or another wants the ids.
func stopAt(t *testing.T, writes int64, change func(*testing.T, *organizations.Organizations, string) error, again bool) (stopped error) {
	s := storetest.NewStopping(schedule.NewMemory())
	db, err := store.Open(t.Context(), s)
	require.NoError(t, err)
	o := organizations.New(db)
	acme, err := o.Create(t.Context(), "", contact.Organization{Name: "Acme", ExternalIDs: crm("7")})
	require.NoError(t, err)
	_, err = o.Change(t.Context(), acme.ID, acme.Version, func(o *contact.Organization) error { o.ExternalIDs = nil; return nil })
	require.NoError(t, err)
	at, err := o.Create(t.Context(), "", contact.Organization{Name: "Later Bolt"})
	require.NoError(t, err)
	s.StopAfter(writes)
	stopped = change(t, o, at.ID)
	s.GoOn()
	if again {
		require.NoError(t, change(t, o, at.ID))
		require.Equal(t, []string{"Bolt"}, having(t, db, "7"))
		require.Equal(t, []string{"Bolt"}, having(t, db, "8"))
		return stopped
	}
	eve := func() error {
		_, err := o.Create(t.Context(), "", contact.Organization{Name: "Eve", ExternalIDs: crm("8", "7")})
		return err
	}
	if err := eve(); err != nil {
		require.Equal(t, "external_id_taken", code(err))
	}
	require.LessOrEqual(t, len(having(t, db, "7")), 1)
	time.Sleep(10 * time.Minute)
	if bolt := having(t, db, "7"); len(bolt) == 0 {
		require.NoError(t, eve())
	} else {
		require.Equal(t, "external_id_taken", code(eve()))
	}
	require.Len(t, having(t, db, "7"), 1)
	require.Len(t, having(t, db, "8"), 1)
	return stopped
}

// In a store from before there were documents for them, external ids belong to who had them; of two that had the same one the first by name.
func TestAnOlderStoreKnowsWhoseExternalIDsAre(t *testing.T) {
	t.Parallel()
	driver := schedule.NewMemory()
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	for n, name := range []string{"Acme", "Bolt", "Cyd"} {
		o := contact.Organization{Document: contact.Document{ID: fmt.Sprint("org_", n)}, Name: name, NameKey: name, ExternalIDs: crm("7", fmt.Sprint(n)), CreatedAt: store.Now()}
		if name == "Cyd" {
			o.DeletedAt = store.Now()
		}
		require.NoError(t, db.Organizations.Insert(t.Context(), o))
	}
	meta, err := db.Meta.Find(t.Context(), "usher")
	require.NoError(t, err)
	meta.Layout = 4
	_, err = db.Meta.Swap(t.Context(), meta)
	require.NoError(t, err)
	db, err = store.Open(t.Context(), driver)
	require.NoError(t, err)
	o := organizations.New(db)
	for id, free := range map[string]bool{"0": false, "1": false, "2": true, "7": false} {
		_, err := o.Create(t.Context(), "", contact.Organization{Name: "New " + id, ExternalIDs: crm(id)})
		require.Equal(t, free, err == nil, id)
	}
	entered, err := o.Enter(t.Context(), organizations.Entry{Told: contact.Organization{Name: "Other", ExternalIDs: crm("7")}})
	require.NoError(t, err)
	require.Equal(t, "org_0", entered.Organization.ID)
}
