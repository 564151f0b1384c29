package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// Metrics counts deliveries and requests. Labels are names from the configuration and words from this code, never anything that was sent.
type Metrics struct {
	accepted, refused, lost, retried, died, sent metric.Int64Counter
	finished, requests                           metric.Float64Histogram
	skew                                         metric.Float64Gauge
	registry                                     *prometheus.Registry
}

// New makes metrics that Handler shows in Prometheus' text format.
func New() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("exporting metrics: %w", err)
	}
	b := builder{meter: sdk.NewMeterProvider(sdk.WithReader(exporter)).Meter("usher")}
	m := &Metrics{
		registry: registry,
		accepted: b.counter("usher_deliveries_accepted", "deliveries stored, by source; kind repeat: seen before"),
		refused:  b.counter("usher_requests_refused", "webhooks that could not be proved genuine, by source and reason"),
		lost:     b.counter("usher_calls_lost", "calls answered while the store was down, whose delivery could not be stored, by source"),
		retried:  b.counter("usher_deliveries_retried", "attempts that failed and will be repeated, by source"),
		died:     b.counter("usher_deliveries_dead", "deliveries given up after too many attempts, by source"),
		sent:     b.counter("usher_events_sent", "attempts to send an event to a webhook endpoint, by outcome: taken, or why not"),
		finished: b.histogram("usher_delivery_work", "time a worker spent on a delivery, by source and outcome"),
		requests: b.histogram("usher_http_requests", "time to answer, by route and status"),
	}
	m.skew, err = b.meter.Float64Gauge("usher_clock_skew", metric.WithUnit("s"), metric.WithDescription("our clock less the last signed time, by source: beyond the tolerance every webhook is refused"))
	if b.err == nil {
		b.err = err
	}
	return m, b.err
}

// builder makes instruments and keeps the first error.
type builder struct {
	meter metric.Meter
	err   error
}

func (b *builder) counter(name, description string) metric.Int64Counter {
	c, err := b.meter.Int64Counter(name, metric.WithDescription(description))
	if b.err == nil {
		b.err = err
	}
	return c
}

func (b *builder) histogram(name, description string) metric.Float64Histogram {
	h, err := b.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	if b.err == nil {
		b.err = err
	}
	return h
}

// Handler shows the metrics in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Accepted counts a stored delivery; kind is "fresh" or "repeat".
func (m *Metrics) Accepted(source, kind string) {
	if m != nil {
		m.accepted.Add(context.Background(), 1, labels("source", source, "kind", kind))
	}
}

// Refused counts a webhook that could not be proved genuine.
func (m *Metrics) Refused(source, reason string) {
	if m != nil {
		m.refused.Add(context.Background(), 1, labels("source", source, "reason", reason))
	}
}

// Lost counts a call that was answered and could not be stored.
func (m *Metrics) Lost(source string) {
	if m != nil {
		m.lost.Add(context.Background(), 1, labels("source", source))
	}
}

// Retried counts a failed attempt that will be repeated.
func (m *Metrics) Retried(source string) {
	if m != nil {
		m.retried.Add(context.Background(), 1, labels("source", source))
	}
}

// Died counts a delivery given up.
func (m *Metrics) Died(source string) {
	if m != nil {
		m.died.Add(context.Background(), 1, labels("source", source))
	}
}

// Sent counts an attempt to send an event to a webhook endpoint.
func (m *Metrics) Sent(outcome string) {
	if m != nil {
		m.sent.Add(context.Background(), 1, labels("outcome", outcome))
	}
}

// Finished records how long a worker spent on a delivery; an empty outcome is a failed attempt.
func (m *Metrics) Finished(source, outcome string, took time.Duration) {
	if m != nil {
		m.finished.Record(context.Background(), took.Seconds(), labels("source", source, "outcome", outcome))
	}
}

// Skew records our clock less a provider's.
func (m *Metrics) Skew(source string, skew time.Duration) {
	if m != nil {
		m.skew.Record(context.Background(), skew.Seconds(), labels("source", source))
	}
}

// Request records how long an answer took.
func (m *Metrics) Request(route, status string, took time.Duration) {
	if m != nil {
		m.requests.Record(context.Background(), took.Seconds(), labels("route", route, "status", status))
	}
}

// labels are names and values in turn.
func labels(pairs ...string) metric.MeasurementOption {
	set := make([]attribute.KeyValue, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		set = append(set, attribute.String(pairs[i], pairs[i+1]))
	}
	return metric.WithAttributeSet(attribute.NewSet(set...))
}
