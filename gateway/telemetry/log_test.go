package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/gatewaytest"
	"usher/gateway/telemetry"
)

func TestJSONLinesAreForMachines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "info", "json")
	require.NoError(t, err)
	log.Debug("unseen")
	log.Warn("reading delivery", "delivery_id", "dlv_1", "took", 3*time.Millisecond, "err", errors.New("not JSON\nat byte 4"))
	log.With("source", "tw").Info("started")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2, "one line each, whatever stands in them")
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &line))
	_, err = time.Parse(time.RFC3339Nano, line["time"].(string))
	require.NoError(t, err)
	delete(line, "time")
	require.Equal(t, map[string]any{"level": "WARN", "msg": "reading delivery", "delivery_id": "dlv_1", "took": 3e6, "err": "not JSON\nat byte 4"}, line)
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &line))
	require.Equal(t, "tw", line["source"])
}

func TestTextLinesAreForPeople(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "info", "text")
	require.NoError(t, err)
	log.Debug("unseen")
	log.Error("keeping time", "source", "tw", "took", 3*time.Millisecond, "err", errors.New("gone\nforged line"))
	require.Regexp(t, `^\d\d:\d\d:\d\d ERR keeping time source=tw took=3ms err="gone\\nforged line"\n$`, out.String())
	require.NotContains(t, out.String(), "\x1b", "colours have no place in a file")
}

func TestTheLevelIsTheLeastThatIsWritten(t *testing.T) {
	t.Parallel()
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	for i, name := range []string{"debug", "info", "warn", "error"} {
		for _, format := range []string{"text", "json"} {
			var out bytes.Buffer
			log, err := telemetry.NewLogger(&out, name, format)
			require.NoError(t, err)
			for _, level := range levels {
				log.Log(t.Context(), level, "line")
			}
			require.Equal(t, len(levels)-i, strings.Count(out.String(), "\n"), "%s %s", name, format)
		}
	}
	_, err := telemetry.NewLogger(&bytes.Buffer{}, "loud", "text")
	require.ErrorContains(t, err, "setting log level")
}

// page collects what several goroutines write.
type page struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text.Write(b)
}

func (p *page) String() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.text.String()
}

// Nothing that a customer sent stands in the log or in the metrics: at the finest level, with deliveries that work, that cannot be read and that are forged, and with agents looking people up.
func TestNoPersonalDataIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			log := &page{}
			metrics := work(t, log, format)
			require.Contains(t, log.String(), "reading delivery", "the log is written to")
			require.Contains(t, metrics, "usher_deliveries_accepted_total")
			require.Contains(t, metrics, "usher_requests_refused_total")
			for _, personal := range []string{"4155550123", "415-555", "quetzal", "Xochitl", "xylophone", "whsec_", gatewaytest.TwilioToken, "usk_"} {
				require.NotContains(t, log.String(), personal)
				require.NotContains(t, metrics, personal)
			}
		})
	}
}

// work has a gateway do what it does on a day, and gives its metrics.
func work(t *testing.T, out *page, format string) string {
	t.Helper()
	log, err := telemetry.NewLogger(out, "debug", format)
	require.NoError(t, err)
	inner, err := gateway.Open(t.Context(), gatewaytest.Settings(t, gatewaytest.SQLite(t), "US"), "test", log)
	require.NoError(t, err)
	g, stop := gatewaytest.Run(t, inner)
	t.Cleanup(func() { require.NoError(t, stop()) })

	message := []string{"MessageSid", "SM1", "From", "whatsapp:+14155550123", "To", "whatsapp:+14155550100", "ProfileName", "Xochitl", "Body", "my xylophone is late"}
	require.Equal(t, http.StatusOK, g.Twilio("message", message...).Status)
	require.Equal(t, http.StatusOK, g.Twilio("message", message...).Status, "a repeat")
	g.Twilio("voice", "From", "+14155550123", "To", "+14155550100") // of no call: unparsed
	g.Standard("msg-1", map[string]any{"type": "contact.message.received.v1", "data": map[string]any{"content": "xylophone"}})
	g.Standard("msg-2", map[string]any{"type": "contact.message.received.v1", "data": map[string]any{"channel": "web_chat", "from": map[string]any{
		"display_name": "Xochitl", "identifiers": []map[string]string{{"scheme": "mailto", "value": "quetzal@example.org"}, {"scheme": "tel", "value": "415-555-0123"}}}}})
	forged := gatewaytest.TwilioRequest(t, g.Address(), "message", message...)
	forged.Header.Set("X-Twilio-Signature", "quetzal")
	require.Equal(t, http.StatusForbidden, g.Do(forged).Status)
	g.Settled()
	for _, path := range []string{"/v1/profiles?phone=%2B14155550123", "/v1/profiles?email=quetzal@example.org", "/v1/profiles/quetzal", "/v1/quetzal/4155550123", "/hooks/quetzal/4155550123"} {
		g.API(http.MethodGet, path, nil)
		g.As("usk_quetzal", http.MethodGet, path, nil)
	}
	return g.API(http.MethodGet, "/metrics", nil).Body
}
