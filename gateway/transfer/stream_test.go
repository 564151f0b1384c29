package transfer_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
	"usher/gateway/transfer"
)

// slow is an adapter that reads nothing until it may.
type slow struct{ may chan struct{} }

func (slow) Revision() int { return 1 }

func (s slow) Normalize(contact.Delivery, contact.Body) ([]contact.Inbound, error) {
	<-s.may
	return nil, nil
}

// What is known of a person at once is sent before it is looked for more: whoever waits for it sees that it has begun.
func TestOnePersonsExportBeginsBeforeAllIsRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	_, who := d.rows(d.run(transfer.Wish{}, "Name,Email\nAna Silva,ana@mail.example\n"))
	require.NoError(t, d.db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_1"}, Key: "k", Source: "slow", Outcome: contact.NotParsed, ReceivedAt: store.Now()}))
	reading := slow{make(chan struct{})}
	log := slog.New(slog.DiscardHandler)
	slowly := transfer.New(d.db, ingest.New(d.db, map[string]ingest.Source{"slow": {Adapter: reading}}, ingest.Own{}, log), transfer.Options{}, log)

	out, in := io.Pipe()
	go func() { in.CloseWithError(slowly.ExportPerson(t.Context(), in, who[0])) }()
	lines := bufio.NewScanner(out)
	next := func() (kind string) {
		require.True(t, lines.Scan(), lines.Err())
		var l struct{ Type string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &l))
		return l.Type
	}
	for kind := next(); kind != "job_row"; kind = next() { // the last that is found without reading the delivery
		require.NotEqual(t, "end", kind)
	}
	close(reading.may)
	require.Equal(t, "end", next())
	require.False(t, lines.Scan())
}

// While nothing of the person is found blanks are sent, and every line stays one of JSON.
func TestOnePersonsExportIsNeverSilent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, onSQLite(t))
	file := strings.Builder{}
	for n := range 20 {
		fmt.Fprintf(&file, "Somebody Else%d,e%d@mail.example\n", n, n)
	}
	_, who := d.rows(d.run(transfer.Wish{}, "Name,Email\nAna Silva,ana@mail.example\n"+file.String()))
	var patient, hurried bytes.Buffer
	require.NoError(t, d.ExportPerson(t.Context(), &patient, who[0]))
	require.NotContains(t, patient.String(), "\n ")
	d.SetPause(0)
	require.NoError(t, d.ExportPerson(t.Context(), &hurried, who[0]))
	require.Contains(t, hurried.String(), "\n"+strings.Repeat(" ", 20))
	require.Equal(t, strings.Count(patient.String(), "\n"), strings.Count(hurried.String(), "\n"))
	for line := range strings.Lines(hurried.String()) {
		require.True(t, json.Valid([]byte(line)), line)
	}
}
