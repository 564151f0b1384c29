package event_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/adaptertest"
	"usher/adapters/email/event"
	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// Whatever bytes a mail has, it is read twice the same, into text that every store can hold, with sections, evidence and files that lie within it.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../message/testdata/*.eml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		mail, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(mail)
	}
	r := event.Reader{
		Policy: sender.Policy{Choice: sender.Auto, OwnDomains: []string{"acme.example"}, Agents: []string{"anna@agents.example"}, Relays: []sender.Relay{{From: "form@forms.example"}}},
		Region: "DE", AuthservIDs: []string{"mx.acme.example"}, Own: adapters.Own{Numbers: []string{"+49301234567"}},
	}
	d := contact.Delivery{Key: "INBOX:1:1", ReceivedAt: time.Date(2026, 11, 23, 10, 1, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, mail []byte) {
		events, err := r.Read(d, bytes.NewReader(mail))
		require.NoError(t, err)
		require.NotEmpty(t, events)
		again, err := r.Read(d, bytes.NewReader(mail))
		require.NoError(t, err)
		require.Equal(t, events, again)
		for _, in := range events {
			adaptertest.RequireText(t, in)
			require.NotEmpty(t, in.EventKey())
			requireWithin(t, in, mail)
		}
	})
}

// requireWithin fails if a section, an evidence or a file lies outside of what it is of.
func requireWithin(t *testing.T, in contact.Inbound, mail []byte) {
	t.Helper()
	length := 0
	for _, p := range in.Data.Content {
		if p.Kind == "text" && p.Format == "plain" {
			length = utf8.RuneCountInString(p.Text)
			at := 0
			for _, s := range p.Sections {
				require.Equal(t, at, s.Start, "sections follow on each other")
				require.Greater(t, s.End, s.Start)
				at = s.End
			}
			if len(p.Sections) > 0 {
				require.Equal(t, length, at)
			}
		}
		if p.Media != nil {
			file, err := event.Enclosed(*p.Media, bytes.NewReader(mail))
			require.NoError(t, err)
			size, err := io.Copy(io.Discard, file)
			require.NoError(t, err)
			require.Equal(t, p.Media.Size, size)
		}
	}
	for _, e := range in.Data.Evidence {
		if len(e.Source.Span) == 2 {
			require.LessOrEqual(t, e.Source.Span[1], length)
		}
	}
}

// A reference that no reading made opens nothing.
func TestEnclosedRefusesOtherReferences(t *testing.T) {
	t.Parallel()
	for _, reference := range []string{"", "1", "1-2", "a-b-", "-1-2-", "0-99999-", "5-2-", "9999999999999999999-1-"} {
		_, err := event.Enclosed(contact.Media{ProviderID: reference}, bytes.NewReader([]byte("short")))
		require.Error(t, err, reference)
	}
}
