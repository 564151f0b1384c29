package telemetry_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/telemetry"
)

func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	m, err := telemetry.New()
	require.NoError(t, err)
	m.Accepted("voice", "fresh")
	m.Refused("voice", "bad_signature")
	m.Lost("voice")
	m.Retried("voice")
	m.Died("voice")
	m.Finished("voice", "recorded", time.Millisecond)
	m.Request("/livez", "200", time.Millisecond)
	m.Skew("voice", 2*time.Second)
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, name := range []string{
		`usher_deliveries_accepted_total\{[^}]*source="voice"[^}]*\} 1`, `usher_requests_refused_total\{[^}]*reason="bad_signature"[^}]*\} 1`, `usher_calls_lost_total\{`, `usher_deliveries_retried_total\{`,
		`usher_deliveries_dead_total\{`, `usher_delivery_work_seconds_count\{[^}]*\} 1`, `usher_http_requests_seconds_count\{[^}]*\} 1`, `usher_clock_skew_seconds\{[^}]*\} 2`,
	} {
		require.Regexp(t, name, answer.Body.String())
	}
}

// Tools that measure nothing, such as tests and one-off commands, pass none.
func TestNoMetricsAreFine(t *testing.T) {
	t.Parallel()
	var m *telemetry.Metrics
	m.Accepted("voice", "fresh")
	m.Finished("voice", "recorded", time.Millisecond)
	m.Skew("voice", time.Second)
}

func TestLogsAreTextForPeopleAndJSONForMachines(t *testing.T) {
	t.Parallel()
	var text, lines bytes.Buffer
	log, err := telemetry.NewLogger(&text, "info", "text")
	require.NoError(t, err)
	log.Info("delivery accepted", "source", "voice")
	log.Debug("not shown")
	require.Contains(t, text.String(), "delivery accepted")
	require.NotContains(t, text.String(), "not shown")
	log, err = telemetry.NewLogger(&lines, "debug", "json")
	require.NoError(t, err)
	log.Debug("delivery accepted", "source", "voice")
	var line map[string]any
	require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
	require.Equal(t, "voice", line["source"])
	_, err = telemetry.NewLogger(&lines, "loud", "json")
	require.Error(t, err)
}
