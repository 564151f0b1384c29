package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"usher/config"
	"usher/gateway"
	"usher/gateway/api"
	"usher/gateway/outbound"
)

// localAddress is where a gateway of this configuration is reached from this machine.
func localAddress(cfg config.Config) string {
	host, port, err := net.SplitHostPort(cfg.Listen.Address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
		return "http://" + net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + cfg.Listen.Address
}

// addressFile is where a gateway says at what address it listens; empty if the store is on a server and the settings name no file.
func addressFile(cfg config.Config) string {
	if cfg.Listen.Announce != "" {
		return cfg.Listen.Announce
	}
	path := gateway.SQLitePath(cfg.Store.URI.Reveal())
	if path == "" {
		return ""
	}
	return path + ".address"
}

// sayAddress says at what address a gateway listens, until done: whoever finds its store in use, or checks its health, may have been told other settings, or port 0. The gateway works without it.
func sayAddress(cfg config.Config, address string, log *slog.Logger) (done func()) {
	path := addressFile(cfg)
	if path == "" {
		return func() {}
	}
	if err := os.WriteFile(path, []byte(address), 0o600); err != nil {
		log.Warn("saying address", "err", err)
	}
	return func() { _ = os.Remove(path) } // of one that stays the next gateway makes its own, and until then nobody is there
}

// runningAddress is where the gateway of a configuration is reached from this machine: as it says itself, else by the settings.
func runningAddress(cfg config.Config) string {
	said, err := os.ReadFile(addressFile(cfg)) // no file of no name
	if _, _, bad := net.SplitHostPort(string(said)); err == nil && bad == nil {
		cfg.Listen.Address = string(said)
	}
	return localAddress(cfg)
}

// askGateway asks a running gateway how it does; with a key, also about each source.
func askGateway(ctx context.Context, address, key string) []finding {
	if err := askReady(ctx, address); err != nil {
		return []finding{{"gateway", "wrong", err.Error()}}
	}
	findings := []finding{{"gateway", "ok", "ready at " + address}}
	if key == "" {
		return append(findings, finding{"gateway", "hint", "--key KEY shows how its sources do, and the requests it refused last"})
	}
	var sources struct{ Data []api.SourceState }
	if err := ask(ctx, address, "/v1/sources", key, &sources); err != nil {
		return append(findings, finding{"gateway", "wrong", err.Error()})
	}
	for _, s := range sources.Data {
		findings = append(findings, sourceFindings(s)...)
	}
	var endpoints struct{ Data []api.WebhookEndpoint }
	if ask(ctx, address, "/v1/webhook_endpoints", key, &endpoints) != nil { // only those who administer see them
		return append(findings, finding{"webhook endpoints", "hint", "a key of the scope admin shows how they do"})
	}
	for _, e := range endpoints.Data {
		findings = append(findings, endpointFinding(e))
	}
	return findings
}

// endpointFinding tells how a webhook endpoint of a running gateway does. Its address may hold a secret, so it is named by its id.
func endpointFinding(e api.WebhookEndpoint) finding {
	detail := fmt.Sprintf("%d events wait, %d were given up", e.Delivery.Waiting, e.Delivery.Failed)
	state := "ok"
	switch {
	case e.DisabledReason == outbound.Gone || e.DisabledReason == outbound.Failing:
		state, detail = "wrong", "disabled ("+e.DisabledReason+"): "+detail
	case e.DisabledReason != "":
		detail = "disabled by hand: " + detail
	case e.Delivery.FailingSince != nil:
		state, detail = "warning", detail+"; it has taken nothing since "+e.Delivery.FailingSince.Format(time.RFC3339)+" ("+e.Delivery.Reason+")"
	case e.Delivery.Failed > 0:
		state = "warning"
	}
	return finding{"webhook endpoint", state, e.ID + " " + detail}
}

// maxShown is how many refusals of a source are shown.
const maxShown = 20

// sourceFindings tell how a source of a running gateway does.
func sourceFindings(s api.SourceState) []finding {
	state := map[string]string{"green": "ok", "yellow": "warning", "red": "wrong"}[s.Health]
	name := "source " + s.Name + " at work"
	detail := fmt.Sprintf("%d seen, %d refused in the last hour", s.Completeness.Seen, s.Refused)
	if s.HealthReason != "" {
		detail += ": " + s.HealthReason
	}
	findings := []finding{{name, state, detail}}
	for _, r := range s.Rejections[:min(len(s.Rejections), maxShown)] {
		findings = append(findings, finding{name, "refused", r.At.Format(time.RFC3339) + " " + r.Reason + " " + r.URL})
	}
	return findings
}

// askReady asks a running gateway whether it is ready.
func askReady(ctx context.Context, address string) error {
	return ask(ctx, address, "/readyz", "", nil)
}

// ask gets something from a running gateway.
func ask(ctx context.Context, address, path, key string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(address, "/")+path, nil)
	if err != nil {
		return fmt.Errorf("asking gateway: %w", err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking gateway: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking gateway: %s answered %d", path, response.StatusCode)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("reading answer of gateway: %w", err)
	}
	return nil
}
