package gateway

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"usher/adapters"
	"usher/adapters/all"
	"usher/adapters/standard"
	"usher/config"
	"usher/gateway/api"
	"usher/gateway/ingest"
	"usher/gateway/polling"
	"usher/matching/mention"
	"usher/matching/normal"
)

// sources are the configured sources in the forms in which the parts of the gateway need them.
type sources struct {
	names []string
	hooks []api.Source
	read  map[string]ingest.Source
	polls []polling.Source
}

func buildSources(cfg config.Config) (sources, error) {
	built := sources{read: map[string]ingest.Source{}}
	if _, taken := cfg.SourceNamed(api.OwnSource); !taken { // what keys send that are bound to no source
		built.names = append(built.names, api.OwnSource)
		reader := standard.NewReader()
		built.read[api.OwnSource] = ingest.Source{Adapter: reader, Region: cfg.Workspace.Region}
		built.hooks = append(built.hooks, api.Source{Name: api.OwnSource, Adapter: "standard", Canonical: reader})
	}
	for _, s := range cfg.Sources {
		adapter, err := all.Adapters[s.Adapter](sourceOf(cfg, s))
		if err != nil {
			return built, fmt.Errorf("building source %s: %w", s.Name, err)
		}
		built.names = append(built.names, s.Name)
		built.read[s.Name] = ingest.Source{Adapter: adapter, Region: regionOf(cfg, s), OnFail: s.OnFail}
		hook := api.Source{Name: s.Name, Adapter: s.Adapter, PublicURL: HooksURL(cfg, s)}
		if s.Adapter == "standard" {
			hook.Canonical = adapter
		}
		hook.Webhook, _ = adapter.(adapters.Webhook) // a polled adapter has none
		if poller, ok := adapter.(adapters.Poller); ok {
			built.polls = append(built.polls, polling.Source{Name: s.Name, Kind: s.Adapter, Adapter: poller})
		}
		built.hooks = append(built.hooks, hook)
	}
	return built, nil
}

func sourceOf(cfg config.Config, s config.Source) adapters.Source {
	source := adapters.Source{Name: s.Name, Region: regionOf(cfg, s), PublicURL: HooksURL(cfg, s), Own: namesOf(cfg), Decode: s.Decode}
	for _, secret := range s.Secrets {
		source.Secrets = append(source.Secrets, secret.Reveal())
	}
	return source
}

// HooksURL is what a source's provider calls, up to and without the source's name: the public base and /hooks. Without a public URL it is the address listened at, which only a local sender reaches.
func HooksURL(cfg config.Config, s config.Source) string {
	base := cfg.PublicURL(s)
	if base == "" {
		base = "http://" + cfg.Listen.Address
	}
	return base + "/hooks"
}

func regionOf(cfg config.Config, s config.Source) string {
	if s.Region != "" {
		return s.Region
	}
	return cfg.Workspace.Region
}

// namesOf is what the workspace says of itself, for adapters that read who wrote.
func namesOf(cfg config.Config) adapters.Own {
	own := ownOf(cfg)
	names := adapters.Own{Emails: cfg.Workspace.Own.Emails, Domains: cfg.Workspace.Own.Domains, Numbers: own.Numbers}
	for _, a := range cfg.Workspace.Agents {
		names.Agents = append(names.Agents, a.Emails...)
	}
	return names
}

// ownOf is what the workspace says of itself, in normal forms.
func ownOf(cfg config.Config) ingest.Own {
	emails, numbers := slices.Clone(cfg.Workspace.Own.Emails), slices.Clone(cfg.Workspace.Own.Numbers)
	for _, a := range cfg.Workspace.Agents {
		emails, numbers = append(emails, a.Emails...), append(numbers, a.Numbers...)
	}
	var own ingest.Own
	for _, e := range emails {
		if key, ok := normal.Email(e); ok {
			own.Emails = append(own.Emails, key)
		}
	}
	for _, n := range numbers {
		if key, ok := normal.Phone(n, cfg.Workspace.Region); ok {
			own.Numbers = append(own.Numbers, key)
		}
	}
	for _, d := range cfg.Workspace.Own.Domains {
		own.Domains = append(own.Domains, strings.ToLower(d))
	}
	for _, r := range cfg.Workspace.References {
		if e, err := regexp.Compile(r.Pattern); err == nil { // the configuration was checked
			own.References = append(own.References, mention.Pattern{Name: r.Name, Expression: e})
		}
	}
	return own
}

// SourceCheck is what a check of one source found.
type SourceCheck struct {
	Source   config.Source
	Err      error // why it cannot be built
	Polled   bool
	Findings []adapters.Finding // of a polled one, which was tried
}

// CheckSources builds every configured source by itself, as serve would, and tries those that are polled.
func CheckSources(ctx context.Context, cfg config.Config) []SourceCheck {
	var checks []SourceCheck
	for _, s := range cfg.Sources {
		one := cfg
		one.Sources = []config.Source{s}
		built, err := buildSources(one)
		check := SourceCheck{Source: s, Err: err, Polled: len(built.polls) > 0}
		for _, p := range built.polls {
			check.Findings = p.Adapter.Check(ctx)
		}
		checks = append(checks, check)
	}
	return checks
}
