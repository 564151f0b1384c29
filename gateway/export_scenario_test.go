package gateway_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters/standard"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
)

// exported is one person's export.
type exported struct {
	plain string // its lines, and what bodies of deliveries hold
	lines []exportedLine
}

type exportedLine struct {
	Type     string
	LeftOut  string `json:"left_out"`
	Document struct {
		ID       string
		Raw      any
		Body     []byte
		Evidence []contact.Evidence
		Seen     []contact.Evidence
	}
}

// exportOf reads a person's export.
func exportOf(t *testing.T, g *gatewaytest.Gateway, profile string) (e exported) {
	t.Helper()
	a := g.API(http.MethodPost, "/v1/profiles/"+profile+"/export", nil)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	e.plain = a.Body
	for text := range strings.Lines(a.Body) {
		var l exportedLine
		require.NoError(t, json.Unmarshal([]byte(text), &l))
		e.lines, e.plain = append(e.lines, l), e.plain+string(l.Document.Body)
	}
	require.Equal(t, "end", e.lines[len(e.lines)-1].Type, "it is whole")
	return e
}

// of are the lines of a type.
func (e exported) of(kind string) (all []exportedLine) {
	for _, l := range e.lines {
		if l.Type == kind {
			all = append(all, l)
		}
	}
	return all
}

// hook posts bytes to the source "web", signed.
func hook(t *testing.T, g *gatewaytest.Gateway, id, body string) {
	t.Helper()
	headers, err := standard.Sign(gatewaytest.StandardSecret, id, time.Now(), []byte(body))
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.Address()+"/hooks/web", bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	r.Header = headers
	require.Less(t, g.Do(r).Status, 300)
	g.Settled()
}

// namedPerson creates a profile.
func namedPerson(t *testing.T, g *gatewaytest.Gateway, name string, points ...object) string {
	t.Helper()
	return send[profile](t, g, http.StatusCreated, "/v1/profiles", object{"display_name": name, "identifiers": points}).ID
}

// nothingOf checks that none of a neighbour's words is given.
func (e exported) nothingOf(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		require.NotContains(t, strings.ToLower(e.plain), word)
	}
}

// A delivery is given whole only if all that is in it was read and is the person's: an event that makes no contact, and a body that nobody can read, may be of others.
func TestOnePersonsExportHasNoBodyWithOthersInIt(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		hers := func(id string) object {
			return wrote(said(id, "sms", "Ana Silva", point("mailto", "ana@mail.example")), "hers "+id)
		}
		g.Standard("D1", hers("E1"))
		for id, kind := range map[string]contact.Type{"D2": contact.Typing, "D3": contact.MessageReceived, "D4": contact.ConsentChanged} {
			other := wrote(said("O"+id, "sms", "Hildegard Geheim", point("tel", "+4915199999999")), "my secret illness")
			other["type"] = kind
			if kind == contact.ConsentChanged {
				other["data"].(object)["consent"] = object{"action": "opt_out"}
			}
			g.Standard(id, hers("E"+id), other)
		}
		related := said("O5", "sms", "Hildegard Geheim", point("tel", "+4915199999999")) // an event about hers is not hers
		related["type"], related["data"].(object)["relates_to"] = contact.Typing, object{"id": "E1"}
		g.Standard("D5", hers("E5"), related)
		hook(t, g, "D6", `{"events":[{"id":"x","type":"contact.message.received.v1","data":{"from":{"identifiers":[{"scheme":"mailto","value":"ana@mail.example"}]}}},{"data":{"from":{"display_name":"Hildegard Geheim"},"text":"my secret illness"}`)
		g.Settled()

		e := exportOf(t, g, found1(t, g, "ana@mail.example"))
		e.nothingOf(t, "hildegard", "geheim", "15199999999", "illness")
		deliveries := e.of("delivery")
		require.Len(t, deliveries, 6)
		var whole []string
		for _, d := range deliveries {
			if d.LeftOut == "" {
				whole = append(whole, string(d.Document.Body))
			}
			require.Equal(t, d.LeftOut == "", len(d.Document.Body) > 0)
		}
		require.Len(t, whole, 1)
		require.Contains(t, whole[0], "hers E1")
		require.Contains(t, e.plain, "hers E5", "her own interaction is given all the same")
	})
}

// What was compared of two profiles is given of the side that is asked for, in the flag and in the decision that was made on it; of a merged person both sides are.
func TestOnePersonsExportHasOneSideOfAFlag(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		a := namedPerson(t, g, "Theodora Quistgaard", point("mailto", "theodora.quistgaard@one.example"), point("tel", "+4915112345678"))
		b := namedPerson(t, g, "Theodora Quistgard", point("mailto", "theodora.quistgaard@two.example"), point("tel", "+4915112345679"))
		flags := duplicates(t, g)
		require.Len(t, flags, 1)
		send[object](t, g, http.StatusOK, "/v1/duplicates/"+flags[0].ID+"/dismiss", object{"why": "two sisters"})

		alone := exportOf(t, g, a)
		alone.nothingOf(t, "quistgard", "two.example", "15112345679")
		for kind, shown := range map[string][]exportedLine{"duplicate": alone.of("duplicate"), "evidence": alone.of("evidence")} {
			l := shown[len(shown)-1]
			require.NotEmpty(t, l.LeftOut, kind)
			text, err := json.Marshal(append(l.Document.Evidence, l.Document.Seen...))
			require.NoError(t, err)
			require.Contains(t, string(text), "Theodora Quistgaard", "%s: her own side", kind)
		}

		told := all[object](t, g, "/v1/not_same?")
		require.Len(t, told, 1)
		require.Equal(t, http.StatusOK, g.API(http.MethodPost, "/v1/duplicates/"+flags[0].ID+"/reopen", object{}).Status)
		mergeInto(t, g, b, a)
		both := exportOf(t, g, a)
		require.Contains(t, both.plain, "two.example")
		for _, kind := range []string{"duplicate", "evidence"} {
			for _, l := range both.of(kind) {
				require.Empty(t, l.LeftOut, kind)
			}
		}
	})
}

// The rows of a file that name somebody: one is the person's, one may be a namesake's, and one has the letters of the name in it and is somebody else's.
const rowsOfJo = "Name,Email,Phone\n" +
	"\"Johanna Brandt,johanna.brandt@private.example,+49 30 123456\n" +
	"\"Jo An,hildegard.geheim@private.example,\n" +
	"\"An, Jo;jo.an@mail.example,0151 23450987\n" +
	"Eve Line,eve@y.example,\n"

// A row of a file is given if the person's name and contact point are in it and nobody else's; else at most what became of it.
func TestOnePersonsExportHasNoRowOfAnother(t *testing.T) {
	t.Parallel()
	gatewaytest.EachStore(t, func(t *testing.T, uri string) {
		g := gatewaytest.Start(t, uri, "DE")
		importFile(t, g, rowsOfJo)
		e := exportOf(t, g, namedPerson(t, g, "Jo An", point("mailto", "jo.an@mail.example"), point("tel", "+4915123450987")))
		e.nothingOf(t, "johanna", "brandt", "30 123456", "hildegard", "private.example")
		rows := e.of("job_row")
		require.Len(t, rows, 2)
		require.NotEmpty(t, rows[0].LeftOut, "the namesake's")
		require.Empty(t, rows[1].LeftOut)
		require.Contains(t, rows[1].Document.Raw, "jo.an@mail.example")
	})
}

// An erasure leaves how a row begins that has the letters of the name in it, and clears whatever has its words.
func TestErasingLeavesTheRowsOfOthers(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "DE")
	rows := imported(t, g, rowsOfJo)
	erase(t, g, namedPerson(t, g, "Jo An", point("mailto", "jo.an@mail.example"), point("tel", "+4915123450987")))
	for n, kept := range []bool{true, false, false} {
		row, err := g.DB.JobRows.Find(t.Context(), rows[n].ID)
		require.NoError(t, err)
		require.NotEmpty(t, rows[n].Raw)
		require.Equal(t, kept, row.Raw != "", rows[n].Raw)
	}
}
