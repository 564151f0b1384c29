package gateway_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// known is an organization with ids in other systems, in pairs of system and id.
func known(name string, ids ...string) object {
	pairs := []object{}
	for i := 0; i < len(ids); i += 2 {
		pairs = append(pairs, object{"name": ids[i], "value": ids[i+1]})
	}
	return object{"name": name, "external_ids": pairs}
}

// An id in another system is one organization's, until it gives it up or is deleted. What is refused changes nothing, and takes nothing.
func TestAnExternalIDIsOneOrganizations(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		make := func(body object) string {
			t.Helper()
			return send[organization](t, w.Gateway, http.StatusCreated, "/v1/organizations", body).ID
		}
		patch := func(id string, body object) int {
			t.Helper()
			return w.API(http.MethodPatch, "/v1/organizations/"+id, body).Status
		}
		refused := func(method, path string, body object) {
			t.Helper()
			requireCode(t, w.API(method, "/v1/organizations"+path, body), http.StatusConflict, "external_id_taken")
		}
		acme, bolt := make(known("Acme", "crm", "7", "erp", "A-1")), make(known("Bolt", "erp", "7"))
		refused(http.MethodPost, "", known("Acme again", "books", "12", "crm", " 7"))
		refused(http.MethodPatch, "/"+bolt, known("Bolt renamed", "erp", "7", "crm", "7"))
		require.Equal(t, []string{"Acme", "Bolt"}, w.names())
		cyd := make(known("Cyd", "books", "12"))

		require.Equal(t, http.StatusOK, patch(acme, known("Acme", "crm", "7", "erp", "A-1", "crm", "8")))
		require.Equal(t, http.StatusOK, patch(acme, object{"note": "the same ids"}))
		refused(http.MethodPatch, "/"+cyd, known("Cyd", "crm", "8"))
		require.Equal(t, http.StatusOK, patch(acme, known("Acme", "crm", "8")))
		require.Equal(t, http.StatusOK, patch(cyd, known("Cyd", "crm", "7", "empty", "")))
		refused(http.MethodPatch, "/"+acme, known("Acme", "crm", "7"))
		require.Equal(t, http.StatusOK, patch(acme, known("Acme", "empty", "")), "an empty one is no id")

		require.Equal(t, http.StatusNoContent, w.API(http.MethodDelete, "/v1/organizations/"+cyd, nil).Status)
		require.Equal(t, http.StatusOK, patch(acme, known("Acme", "crm", "7")))
		refused(http.MethodPost, "", known("Eve", "crm", "7"))
	})
}

// names are those of all organizations, in their order.
func (w *town) names() (names []string) {
	w.t.Helper()
	for _, o := range all[organization](w.t, w.Gateway, "/v1/organizations?") {
		names = append(names, o.Name)
	}
	return names
}

// Of many who make or change an organization at once to have one id, one gets it, and the others are told.
func TestOneOfManyGetsAnExternalID(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, w *town) {
		for round := range 3 {
			shared := fmt.Sprint("shared-", round)
			var won, lost atomic.Int32
			var group sync.WaitGroup
			for n := range 20 {
				name := fmt.Sprint("Company ", round, "-", n)
				path, method, good := "/v1/organizations", http.MethodPost, http.StatusCreated
				if n%2 > 0 {
					path, method, good = path+"/"+w.organization(name), http.MethodPatch, http.StatusOK
				}
				group.Go(func() {
					switch a := w.API(method, path, known(name, "own", name, "crm", shared)); a.Status {
					case good:
						won.Add(1)
					case http.StatusConflict:
						lost.Add(1)
					default:
						t.Errorf("%d %s", a.Status, a.Body)
					}
				})
			}
			group.Wait()
			require.Equal(t, []int32{1, 19}, []int32{won.Load(), lost.Load()})
		}
		require.Len(t, w.names(), 3*10+3-w.patched(), "who was refused made none")
	})
}

// patched counts the organizations that were there before and got the id that all wanted.
func (w *town) patched() (n int) {
	w.t.Helper()
	for _, o := range all[struct {
		Version     int
		ExternalIDs []struct{ Name string } `json:"external_ids"`
	}](w.t, w.Gateway, "/v1/organizations?") {
		if o.Version > 1 && len(o.ExternalIDs) > 0 {
			n++
		}
	}
	return n
}
