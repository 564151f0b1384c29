package mongo_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"usher/gateway"
	"usher/gateway/gatewaytest"
	"usher/gateway/store"
	"usher/gateway/store/mongo"
	"usher/gateway/store/mongo/mongotest"
)

// watcher holds every command that a gateway sends against the indexes that it made.
type watcher struct {
	mutex    sync.Mutex
	indexes  map[string][][]string // by collection: the fields of each
	seen     map[string]int        // by command
	unserved []string
}

func (w *watcher) started(_ context.Context, e *event.CommandStartedEvent) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.seen[e.CommandName]++
	var command bson.D
	if err := bson.Unmarshal(e.Command, &command); err != nil {
		w.unserved = append(w.unserved, err.Error())
		return
	}
	if !w.serves(e.CommandName, command) {
		w.unserved = append(w.unserved, e.Command.String())
	}
}

// serves reports whether an index gives what a command asks for, in the order it asks for.
func (w *watcher) serves(name string, command bson.D) bool {
	collection, _ := command[0].Value.(string)
	switch name {
	case "createIndexes":
		w.learn(collection, command)
		return true
	case "insert", "ping", "hello", "listIndexes", "endSessions", "getMore", "killCursors":
		return true
	case "find":
		return w.ranged(collection, fields(part(command, "filter")), fields(part(command, "sort")))
	case "aggregate": // how the driver counts
		pipeline, _ := part(command, "pipeline").(bson.A)
		return len(pipeline) > 0 && w.ranged(collection, fields(part(pipeline[0].(bson.D), "$match")), nil)
	case "update":
		return byID(part(command, "updates"))
	case "delete":
		return byID(part(command, "deletes"))
	}
	return false
}

func (w *watcher) learn(collection string, command bson.D) {
	made, _ := part(command, "indexes").(bson.A)
	for _, index := range made {
		w.indexes[collection] = append(w.indexes[collection], fields(part(index.(bson.D), "key")))
	}
}

// ranged reports whether the filter's fields begin an index and the sorted ones continue it to its end.
func (w *watcher) ranged(collection string, filtered, sorted []string) bool {
	if len(filtered) == 1 && filtered[0] == "_id" {
		return true
	}
	for _, index := range w.indexes[collection] {
		equal := len(index) - len(sorted)
		if sorted == nil {
			equal = len(filtered)
		}
		if equal > len(index) || equal > len(filtered) || !slices.Equal(filtered[:equal], index[:equal]) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(filtered[equal:]), func(f string) bool { return f == "$or" || slices.Contains(index[equal:], f) })
		if len(rest) == 0 && (sorted == nil || slices.Equal(sorted, index[equal:])) {
			return true
		}
	}
	return false
}

// byID reports whether each write names one document.
func byID(statements any) bool {
	all, _ := statements.(bson.A)
	return len(all) > 0 && !slices.ContainsFunc(all, func(s any) bool {
		filtered := fields(part(s.(bson.D), "q"))
		return len(filtered) == 0 || filtered[0] != "_id"
	})
}

func part(d bson.D, name string) any {
	for _, e := range d {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

func fields(d any) []string {
	var names []string
	doc, _ := d.(bson.D)
	for _, e := range doc {
		names = append(names, e.Key)
	}
	return names
}

// Every read of a gateway at work, its lists page by page among them, is served by an index that it made, on any server: none walks or sorts a collection.
func TestEveryCommandIsServedByAnIndex(t *testing.T) {
	t.Parallel()
	uri := mongotest.URI(t)
	w := &watcher{indexes: map[string][][]string{}, seen: map[string]int{}}
	driver, err := mongo.OpenMonitored(t.Context(), uri, &event.CommandMonitor{Started: w.started})
	require.NoError(t, err)
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	inner, err := gateway.New(db, gatewaytest.Settings(t, uri, "US"), "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	for n := range 3 {
		number := fmt.Sprintf("+1415555020%d", n)
		g.Twilio("voice", "CallSid", fmt.Sprint("CA", n), "From", number, "To", "+14155550100", "CallStatus", "ringing", "CallerName", "Ana Silva")
		g.Twilio("message", "MessageSid", fmt.Sprint("SM", n), "From", number, "To", "+14155550100", "Body", "hello")
	}
	g.Settled()
	var profiles struct{ Data []struct{ ID string } }
	g.API("GET", "/v1/profiles", nil).Decode(t, &profiles)
	require.Len(t, profiles.Data, 3)
	of := profiles.Data[0].ID
	decide(t, g, profiles.Data[0].ID, profiles.Data[1].ID, profiles.Data[2].ID)
	for _, path := range []string{
		"/v1/profiles/" + of + "/merge_history", "/v1/not_same?limit=1", "/v1/not_same?profile_id=" + of, "/v1/duplicates?sort=probability&min_probability=0.5&limit=1",
		"/v1/profiles?limit=1", "/v1/interactions?limit=1", "/v1/interactions?limit=1&profile_id=" + of, "/v1/interactions?limit=1&identity=%2B14155550201",
		"/v1/profiles/" + of + "/timeline?limit=1", "/v1/profiles/" + of + "/timeline?limit=1&include=suspected", "/v1/profiles/" + of + "/identities",
		"/v1/profiles/search?q=415-555-0201", "/v1/profiles/search?q=ana+sil", "/v1/duplicates", "/v1/duplicates?profile_id=" + of, "/v1/deliveries?limit=1", "/v1/deliveries?limit=1&source=tw", "/v1/deliveries?limit=1&state=recorded", "/v1/deliveries?limit=1&state=recorded&source=tw", "/v1/sources",
	} {
		walk(t, g, path)
	}
	require.NoError(t, inner.Inbox.Tidy(t.Context()))
	require.NoError(t, stop())
	w.mutex.Lock()
	defer w.mutex.Unlock()
	require.Empty(t, w.unserved)
	for _, name := range []string{"find", "aggregate", "insert", "update"} {
		require.NotZero(t, w.seen[name], name)
	}
}

// decide merges, undoes and tells apart.
func decide(t *testing.T, g *gatewaytest.Gateway, a, b, c string) {
	type object map[string]any
	for path, body := range map[string]object{"/v1/merges/preview": {"from": []string{b, c}, "into": "auto"}, "/v1/merges": {"from": []string{b}, "into": a}, "/v1/not_same": {"profiles": []string{b, c}}} {
		answer := g.API("POST", path, body)
		require.Equal(t, 2, answer.Status/100, answer.Body)
	}
	answer := g.API("POST", "/v1/merges", object{"from": []string{c}, "into": a})
	require.Equal(t, 409, answer.Status, answer.Body)
}

// walk reads a list to its end.
func walk(t *testing.T, g *gatewaytest.Gateway, path string) {
	for range 10 {
		answer := g.API("GET", path, nil)
		require.Equal(t, 200, answer.Status, "%s: %s", path, answer.Body)
		var list struct{ Links struct{ Next string } }
		answer.Decode(t, &list)
		if list.Links.Next == "" {
			return
		}
		path = list.Links.Next
	}
	t.Fatalf("%s does not end", path)
}
