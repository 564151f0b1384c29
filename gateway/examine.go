package gateway

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"usher/gateway/contact"
	"usher/gateway/store"
)

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

// oldClaim is how long a claim may stand, and an entry be unfinished: a delivery and an entry are taken up again long before.
const oldClaim = 10 * time.Minute

// Examine reads the whole store and checks the invariants of the two protocols. Of resolve: no old claims and entries; each holder exists, or comes with the rest of an import, or was erased and nothing of it is left; each profile has an identity or an interaction; each interaction's profile exists. Of merge: those of trees. Of blocks: those of bars. Of organizations: those of grouping.
// What has been read is counted on progress.
func Examine(ctx context.Context, db *store.DB, progress io.Writer) ([]Invariant, error) {
	x := examination{
		db: db, importing: map[string]bool{}, claims: Invariant{Rule: "no identity is left undecided"}, entries: Invariant{Rule: "no entry is left unfinished"}, holders: Invariant{Rule: "every identity's holder exists"},
		orphans: Invariant{Rule: "every profile has an identity or an interaction, or was entered"}, owners: Invariant{Rule: "every interaction's profile exists"},
		trees: newTrees(), bars: newBars(db), grouping: newGrouping(db),
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(progress), progressbar.OptionSetDescription("examining"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	defer func() { _ = bar.Finish() }()
	for _, sweep := range []func() error{
		func() error { return each(ctx, bar, db.Jobs, "created", x.imports) },
		func() error { return each(ctx, bar, db.Identities, "profile", x.identities) },
		func() error { return each(ctx, bar, db.Unfinished, "at", x.unfinishedEntries) },
		func() error { return each(ctx, bar, db.Interactions, "occurred", x.interactions) },
		func() error { return each(ctx, bar, db.Profiles, "created", x.profiles) },
		func() error { return each(ctx, bar, db.Decisions, "n", x.trees.decisions) },
		func() error { return each(ctx, bar, db.Profiles, "created", x.trees.profiles) },
		func() error { return each(ctx, bar, db.NotSame, "a", x.trees.pairs) },
		func() error { return each(ctx, bar, db.Blocks, "state", x.bars.blocks) },
		func() error { return each(ctx, bar, db.Quarantine, "at", x.bars.quarantine) },
		func() error { return each(ctx, bar, db.Consents, "identity", x.bars.consents) },
		func() error { return each(ctx, bar, db.Organizations, "name", x.grouping.organization) },
		func() error { return each(ctx, bar, db.Domains, "organization", x.grouping.domain) },
		func() error { return each(ctx, bar, db.Memberships, "profile", x.grouping.membership) },
	} {
		if err := sweep(); err != nil {
			return nil, err
		}
	}
	rules := append([]Invariant{x.claims, x.entries, x.holders, x.owners, x.orphans}, x.trees.conclude()...)
	rules = append(rules, x.bars.decided, x.bars.listed, x.bars.readable, x.bars.recorded)
	return append(rules, x.grouping.conclude()...), nil
}

// examination is the rules and what was found of them so far.
type examination struct {
	db                       *store.DB
	claims, entries          Invariant
	holders, orphans, owners Invariant
	trees                    *trees
	bars                     *bars
	grouping                 *grouping
	importing                map[string]bool // jobs that are not finished
}

func (x *examination) identities(ctx context.Context, page []contact.Identity) error {
	profiles, err := x.db.Profiles.FindAll(ctx, idsOf(page, func(i contact.Identity) string { return i.ProfileID })...)
	for _, i := range page {
		x.claims.check(!i.Claimed() || time.Since(i.FirstSeen) < oldClaim, i.ID)
		_, exists := profiles[i.ProfileID]
		x.holders.check(i.Claimed() || exists || x.unfinished(i) || i.Vacant() && !i.ErasedAt.IsZero() && i.Value == "", i.ID)
	}
	if err != nil {
		return err
	}
	return x.bars.carried(ctx, carriedBy(page, func(i contact.Identity) (string, *contact.Pending) { return i.ID, i.Pending }))
}

func (x *examination) unfinishedEntries(_ context.Context, page []store.Unfinished) error {
	for _, u := range page {
		x.entries.check(time.Since(u.At) < oldClaim, u.ID)
	}
	return nil
}

// unfinished reports whether an identity is of a row of an import that is still to be gone on with: its holder comes then.
func (x *examination) unfinished(i contact.Identity) bool {
	if i.Origin == nil {
		return false
	}
	job, _, _ := strings.Cut(i.Origin.By, ".")
	return x.importing[job]
}

// imports are those that are not finished.
func (x *examination) imports(_ context.Context, page []contact.Job) error {
	for _, job := range page {
		x.importing[job.ID] = job.FinishedAt.IsZero()
	}
	return nil
}

func (x *examination) interactions(ctx context.Context, page []contact.Interaction) error {
	profiles, err := x.db.Profiles.FindAll(ctx, idsOf(page, func(i contact.Interaction) string { return i.ProfileID })...)
	for _, i := range page {
		_, exists := profiles[i.ProfileID]
		x.owners.check(i.ProfileID == "" || exists, i.ID)
	}
	if err == nil {
		err = x.bars.carried(ctx, carriedBy(page, func(i contact.Interaction) (string, *contact.Pending) { return i.ID, i.Pending }))
	}
	if err != nil {
		return err
	}
	return x.grouping.interactions(ctx, page)
}

func (x *examination) profiles(ctx context.Context, page []contact.Profile) error {
	for _, p := range page {
		belonging, err := belongings(ctx, x.db, p.ID)
		if err != nil {
			return err
		}
		x.orphans.check(belonging > 0 || p.Origin == "" || p.Entered != "", p.ID)
	}
	return x.bars.carried(ctx, carriedBy(page, func(p contact.Profile) (string, *contact.Pending) { return p.ID, p.Pending }))
}

// carriedBy are the decisions that documents carry, by the documents' ids.
func carriedBy[T any](page []T, of func(T) (string, *contact.Pending)) map[string]*contact.Pending {
	all := map[string]*contact.Pending{}
	for _, doc := range page {
		if id, w := of(doc); w != nil {
			all[id] = w
		}
	}
	return all
}

// belongings counts what makes a profile more than an orphan.
func belongings(ctx context.Context, db *store.DB, profile string) (int64, error) {
	identities, err := db.Identities.Count(ctx, "profile", profile)
	if err != nil || identities > 0 {
		return identities, err
	}
	return db.Interactions.Count(ctx, "profile", profile)
}

// each reads a whole collection page by page in the order of an index.
func each[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, bar *progressbar.ProgressBar, c store.Collection[T, P], index string, do func(context.Context, []T) error) error {
	r := store.Range{Index: index, Limit: 500}
	for {
		page, next, err := c.List(ctx, r)
		if err == nil {
			err = do(ctx, page)
		}
		if err != nil {
			return fmt.Errorf("examining %s: %w", c.Schema().Name, err)
		}
		_ = bar.Add(len(page))
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
