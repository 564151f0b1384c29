package telemetry_test

import (
	"io"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/telemetry"
)

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

// use counts one of everything.
func use(m *telemetry.Metrics) {
	m.Accepted("tw", "fresh")
	m.Accepted("tw", "fresh")
	m.Accepted("tw", "repeat")
	m.Refused("tw", "bad_signature")
	m.Lost("tw")
	m.Retried("tw")
	m.Died("tw")
	m.Finished("tw", "recorded", 3*time.Millisecond)
	m.Skew("web", -2500*time.Millisecond)
	m.Request("/v1/profiles/{id}", "200", 40*time.Millisecond)
}

// The names and labels are what dashboards and alarms are built on: a change of one breaks them silently.
func TestWhatHappenedIsShownUnderItsName(t *testing.T) {
	t.Parallel()
	m, err := telemetry.New()
	require.NoError(t, err)
	use(m)
	text := scrape(t, m)
	for _, line := range []string{
		`usher_deliveries_accepted_total{kind="fresh",source="tw"} 2`,
		`usher_deliveries_accepted_total{kind="repeat",source="tw"} 1`,
		`usher_requests_refused_total{reason="bad_signature",source="tw"} 1`,
		`usher_calls_lost_total{source="tw"} 1`,
		`usher_deliveries_retried_total{source="tw"} 1`,
		`usher_deliveries_dead_total{source="tw"} 1`,
		`usher_delivery_work_seconds_count{outcome="recorded",source="tw"} 1`,
		`usher_delivery_work_seconds_bucket{outcome="recorded",source="tw",le="0.0025"} 0`,
		`usher_delivery_work_seconds_bucket{outcome="recorded",source="tw",le="0.005"} 1`,
		`usher_clock_skew_seconds{source="web"} -2.5`,
		`usher_http_requests_seconds_count{route="/v1/profiles/{id}",status="200"} 1`,
		`usher_http_requests_seconds_sum{route="/v1/profiles/{id}",status="200"} 0.04`,
	} {
		require.Regexp(t, `(?m)^`+regexp.QuoteMeta(line)+`$`, text)
	}
	require.NotContains(t, text, "otel_scope", "labels of the library")
}

// Every metric says in a sentence what it counts.
func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	m, err := telemetry.New()
	require.NoError(t, err)
	use(m)
	kinds := regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(scrape(t, m), -1)
	require.Len(t, kinds, 8)
	for _, kind := range kinds {
		require.Regexp(t, `(?m)^# HELP `+kind[1]+` \S.{10,}`, scrape(t, m))
	}
}

// A skew is the last one seen, not a sum: it must come back to zero once a clock is set right.
func TestSkewIsTheLastOneSeen(t *testing.T) {
	t.Parallel()
	m, err := telemetry.New()
	require.NoError(t, err)
	m.Skew("web", time.Hour)
	m.Skew("web", 0)
	require.Regexp(t, `(?m)^usher_clock_skew_seconds\{source="web"\} 0$`, scrape(t, m))
}

// Two gateways in one process count each their own.
func TestMetricsAreNotShared(t *testing.T) {
	t.Parallel()
	first, err := telemetry.New()
	require.NoError(t, err)
	second, err := telemetry.New()
	require.NoError(t, err)
	first.Lost("tw")
	require.NotContains(t, scrape(t, second), "usher_calls_lost")
}

func TestNoMetricsCountNothing(t *testing.T) {
	t.Parallel()
	require.NotPanics(t, func() { use(nil) })
}
