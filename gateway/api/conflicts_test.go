package api_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// notAnswered are conflicts that no operation answers with.
var notAnswered = map[string]string{"not_running": "the import command's, which works on a job itself"}

// Every conflict in the code has a code of its own in the document: whoever adds one names it there.
func TestEveryConflictIsInTheDocument(t *testing.T) {
	t.Parallel()
	conflict := regexp.MustCompile(`contact\.Conflict, "([a-z_]+)"`)
	found := map[string]bool{contact.CodeErased: true} // which is named by its constant
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range conflict.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(found), 15)
	for code := range found {
		if notAnswered[code] == "" {
			require.Contains(t, listedCodes(), code)
		}
	}
}

// Conflicts about one interaction and one delivery say which they are.
func TestConflictsAreToldApart(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	admin := key(t, g, keys.Admin)
	g.Twilio("message", "MessageSid", "SM1", "From", "+14155550123", "To", "+14155550100", "Body", "hi")
	g.Settled()
	interactions, _, err := g.DB.Interactions.List(t.Context(), store.Range{Index: "occurred", Limit: 1})
	require.NoError(t, err)
	i := interactions[0]
	place := func() gatewaytest.Answer {
		return g.As(admin, "PATCH", "/v1/interactions/"+i.ID, object{"profile_id": i.ProfileID})
	}
	requireProblem(t, place(), 409, "already_attached")
	moved := i
	for range contact.MaxMoves {
		moved.Moves = append(moved.Moves, contact.Move{ID: "dec_x", To: i.ProfileID, Undone: "dec_y", At: store.Now()})
	}
	moved.ProfileID = ""
	_, err = g.DB.Interactions.Swap(t.Context(), moved)
	require.NoError(t, err)
	requireProblem(t, place(), 409, "too_many_moves")

	d, err := g.DB.Deliveries.Find(t.Context(), i.Events[0].Delivery)
	require.NoError(t, err)
	d.Gone = true
	_, err = g.DB.Deliveries.Swap(t.Context(), d)
	require.NoError(t, err)
	requireProblem(t, g.As(admin, "POST", "/v1/deliveries/"+d.ID+"/replay", nil), 409, "body_gone")
}
