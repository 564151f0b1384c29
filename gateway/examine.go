package gateway

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"usher/adapters"
	"usher/config"
	"usher/gateway/contact"
	"usher/gateway/store"
)

// HooksURL is what a source's provider calls, without the source's name.
func HooksURL(cfg config.Config, s config.Source) string { return hooksURL(cfg, s) }

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

// Invariant is a rule that what is stored must keep, and the documents that break it.
type Invariant struct {
	Rule       string
	Checked    int
	Violations []string // ids, at most maxViolations
}

// maxViolations bounds what is listed of one rule.
const maxViolations = 10

func (i *Invariant) check(ok bool, id string) {
	i.Checked++
	if !ok && len(i.Violations) < maxViolations {
		i.Violations = append(i.Violations, id)
	}
}

// oldClaim is how long a claim may stand: a delivery is taken up again long before.
const oldClaim = 10 * time.Minute

// Examine reads the whole store and checks the invariants of the two protocols. Of resolve: no old claims; each holder exists; each profile has an identity or an interaction; each interaction's profile exists. Of merge: examineTrees.
func Examine(ctx context.Context, db *store.DB, progress io.Writer) ([]Invariant, error) {
	claims := Invariant{Rule: "no identity is left undecided"}
	holders := Invariant{Rule: "every identity's holder exists"}
	orphans := Invariant{Rule: "every profile has an identity or an interaction"}
	owners := Invariant{Rule: "every interaction's profile exists"}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(progress), progressbar.OptionSetDescription("examining"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	defer func() { _ = bar.Finish() }()

	err := each(ctx, db.Identities, store.Range{Index: "profile"}, func(page []contact.Identity) error {
		_ = bar.Add(len(page))
		profiles, err := db.Profiles.FindAll(ctx, idsOf(page, func(i contact.Identity) string { return i.ProfileID })...)
		for _, i := range page {
			claims.check(!i.Claimed() || time.Since(i.FirstSeen) < oldClaim, i.ID)
			_, exists := profiles[i.ProfileID]
			holders.check(i.Claimed() || exists, i.ID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("examining identities: %w", err)
	}
	err = each(ctx, db.Interactions, store.Range{Index: "occurred"}, func(page []contact.Interaction) error {
		_ = bar.Add(len(page))
		profiles, err := db.Profiles.FindAll(ctx, idsOf(page, func(i contact.Interaction) string { return i.ProfileID })...)
		for _, i := range page {
			_, exists := profiles[i.ProfileID]
			owners.check(i.ProfileID == "" || exists, i.ID)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("examining interactions: %w", err)
	}
	err = each(ctx, db.Profiles, store.Range{Index: "created"}, func(page []contact.Profile) error {
		_ = bar.Add(len(page))
		for _, p := range page {
			belonging, err := belongings(ctx, db, p.ID)
			if err != nil {
				return err
			}
			orphans.check(belonging > 0 || p.Origin == "", p.ID)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("examining profiles: %w", err)
	}
	decided, err := examineTrees(ctx, db, func(n int) { _ = bar.Add(n) })
	return append([]Invariant{claims, holders, owners, orphans}, decided...), err
}

// belongings counts what makes a profile more than an orphan.
func belongings(ctx context.Context, db *store.DB, profile string) (int64, error) {
	identities, err := db.Identities.Count(ctx, "profile", profile)
	if err != nil || identities > 0 {
		return identities, err
	}
	return db.Interactions.Count(ctx, "profile", profile)
}

// each reads a whole collection page by page.
func each[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], r store.Range, do func([]T) error) error {
	r.Limit = 500
	for {
		page, next, err := c.List(ctx, r)
		if err != nil {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

func idsOf[T any](page []T, id func(T) string) []string {
	var all []string
	for _, doc := range page {
		if v := id(doc); v != "" {
			all = append(all, v)
		}
	}
	return all
}
