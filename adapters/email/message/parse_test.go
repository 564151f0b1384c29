package message

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew, to be judged by reading")

// golden is what is made of one mail: what the header says, the texts, and the files with the start of their content.
type golden struct {
	From, Sender, ReplyTo, To, Cc []Address `json:",omitempty"`
	Subject                       string
	Date                          string
	MessageID                     string   `json:",omitempty"`
	InReplyTo, References         []string `json:",omitempty"`
	Text                          string
	HTML                          string     `json:",omitempty"`
	Files                         []fileShow `json:",omitempty"`
	Reports                       []Report   `json:",omitempty"`
	Calendar                      string     `json:",omitempty"`
	VCards                        []string   `json:",omitempty"`
	Warnings                      []Warning  `json:",omitempty"`
}

type fileShow struct {
	File
	Content string
}

func parse(t testing.TB, mail []byte) *Message {
	t.Helper()
	m, err := Parse(bytes.NewReader(mail), int64(len(mail)))
	require.NoError(t, err)
	return m
}

func content(t testing.TB, f File, mail []byte) []byte {
	t.Helper()
	b, err := io.ReadAll(f.Open(bytes.NewReader(mail)))
	require.NoError(t, err)
	return b
}

func goldenOf(t *testing.T, mail []byte) golden {
	m := parse(t, mail)
	g := golden{
		From: m.From, Sender: m.Sender, ReplyTo: m.ReplyTo, To: m.To, Cc: m.Cc, Subject: m.Subject, MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References,
		Text: m.Text, HTML: m.HTML, Reports: m.Reports, Calendar: string(m.Calendar), Warnings: m.Warnings,
	}
	if !m.Date.IsZero() {
		g.Date = m.Date.Format("2006-01-02T15:04:05Z")
	}
	for _, card := range m.VCards {
		g.VCards = append(g.VCards, string(card))
	}
	for _, f := range m.Files {
		b := content(t, f, mail)
		g.Files = append(g.Files, fileShow{f, strings.ToValidUTF8(string(b[:min(len(b), 80)]), "?")})
	}
	return g
}

// Each mail in testdata is named by what is special about it; what is made of it was judged by reading.
func TestMailsAreReadAsTheirGoldenFilesSay(t *testing.T) {
	t.Parallel()
	mails, err := filepath.Glob("testdata/*.eml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(mails), 30)
	for _, path := range mails {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".eml"), func(t *testing.T) {
			t.Parallel()
			mail, err := os.ReadFile(path)
			require.NoError(t, err)
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			require.NoError(t, e.Encode(goldenOf(t, mail)))
			file := strings.TrimSuffix(path, ".eml") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
