package adaptertest

import (
	"bufio"
	"bytes"
	"flag"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/config"
	"usher/gateway/contact"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// outcome is what became of a captured request.
type outcome struct {
	Refused  *refused          `json:"refused,omitempty"`
	Received *received         `json:"received,omitempty"`
	Unparsed string            `json:"unparsed,omitempty"` // why it could not be read
	Events   []contact.Inbound `json:"events,omitempty"`
}

type refused struct {
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

type received struct {
	Key     string       `json:"key"`
	Reply   *reply       `json:"reply,omitempty"` // none: an empty 204
	Discard bool         `json:"discard,omitempty"`
	Call    bool         `json:"call,omitempty"`
	Auth    contact.Auth `json:"auth"`
}

type reply struct {
	Status      int    `json:"status,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Body        string `json:"body,omitempty"`
}

// Replay runs the captured cases of testdata: each folder with a request.http.
func Replay(t *testing.T, build adapters.Builder) {
	files, err := filepath.Glob("testdata/*/request.http")
	require.NoError(t, err)
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			got := text(replay(t, dir, build))
			golden := filepath.Join(dir, "want.json")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "write it with -update")
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s differs; -update writes it anew (-want +got):\n%s", golden, diff)
			}
		})
	}
}

func replay(t *testing.T, dir string, build adapters.Builder) outcome {
	t.Helper()
	file := filepath.Join(dir, "source.yaml")
	settings, err := os.ReadFile(file)
	require.NoError(t, err)
	adapter, err := load(t, file, settings, build)
	require.NoError(t, err)
	c, err := config.Parse(file, settings, nil)
	require.NoError(t, err)
	r := readRequest(t, filepath.Join(dir, "request.http"), c.PublicURL(c.Sources[0]))

	webhook, ok := adapter.(adapters.Webhook)
	require.True(t, ok, "the adapter receives no webhooks")
	receipt, err := webhook.Receive(r)
	if refusal, ok := adapters.Refused(err); ok {
		return outcome{Refused: &refused{refusal.Status, refusal.Reason}}
	}
	require.NoError(t, err)
	result := outcome{Received: show(receipt)}
	if receipt.Discard {
		return result
	}
	delivery := Delivery(c.Sources[0].Adapter, r, receipt)
	delivery.Source = c.Sources[0].Name
	result.Events, err = normalize(adapter, delivery, r.Body)
	if err != nil {
		result.Unparsed = err.Error()
	}
	requireOwnKeys(t, result.Events)
	return result
}

func show(r adapters.Receipt) *received {
	shown := &received{Key: r.Key, Discard: r.Discard, Call: r.Call, Auth: r.Auth}
	if r.Reply.Status != 0 || r.Reply.ContentType != "" || len(r.Reply.Body) > 0 {
		shown.Reply = &reply{r.Reply.Status, r.Reply.ContentType, string(r.Reply.Body)}
	}
	return shown
}

// readRequest reads a captured request. Lines of the head may end in LF alone; the body is all that follows the empty line, also when no length is given.
func readRequest(t *testing.T, file, publicURL string) adapters.Request {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	reader := bufio.NewReader(bytes.NewReader(raw))
	head := textproto.NewReader(reader)
	first, err := head.ReadLine()
	require.NoError(t, err)
	words := strings.Fields(first)
	require.GreaterOrEqual(t, len(words), 2, "first line: method and path")
	header, err := head.ReadMIMEHeader()
	require.NoError(t, err)
	body := bytes.Buffer{}
	_, err = body.ReadFrom(reader)
	require.NoError(t, err)
	at, err := http.ParseTime(header.Get("Date"))
	require.NoError(t, err, "Date: when it was received")
	return adapters.Request{
		Method: words[0], Purpose: purpose(words[1]), URL: publicURL + words[1],
		Header: http.Header(header), Body: body.Bytes(), Received: at.UTC(),
	}
}

// purpose is what stands behind /hooks/{source}/.
func purpose(target string) string {
	path, _, _ := strings.Cut(target, "?")
	parts := strings.SplitN(strings.TrimPrefix(path, "/hooks/"), "/", 2)
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}
