package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
)

// Holding is an agent's wish that a profile holds a contact point.
type Holding struct {
	Op         string   // names the wish, so that a repeat is the same; holds no personal data
	Profile    string   // who shall hold it
	Person     []string // the profiles that are one person with it, itself among them: what one of them holds is held
	Identifier contact.Identifier
	Region     string // for national number formats
	TakeOver   bool   // from whoever holds it now
	// Since is when it was claimed: what an agent took back since then stays taken back. Zero: it is given again.
	Since time.Time
	Who   string
	Why   string
}

// ErrTakenBack says that an agent took a contact point back since it was claimed.
var ErrTakenBack = errors.New("holding contact point: it was taken back since it was claimed")

// Hold gives a profile a contact point. One that somebody else holds is never moved silently: that is Conflict, identity_taken, with the holder and the flag that the two may be one person, unless TakeOver says so; then it is a decision like others.
// Whoever it was first recorded for stays its origin, so that deliveries that run again decide as they did (PROTOCOLS.md 1). What came by it stays where it is.
func (g *Ingest) Hold(ctx context.Context, h Holding) (contact.Identity, error) {
	c, err := g.entry(contact.Entry{By: h.Op, Provenance: contact.FromAgent, Who: h.Who, Region: h.Region, Identifiers: []contact.Identifier{h.Identifier}, At: store.Now()})
	if err != nil {
		return contact.Identity{}, err
	}
	for range maxRestarts {
		i, err := g.holdOnce(ctx, &c, h)
		if errors.Is(err, errRestart) {
			continue
		}
		if err != nil {
			return i, err
		}
		return i, g.settleMove(ctx, i)
	}
	return contact.Identity{}, errContended
}

// Claimable is a contact point in its normal form that somebody may turn out to have. Errors: Invalid for what is none, or is ours.
func (g *Ingest) Claimable(id contact.Identifier, region string) (contact.Identifier, error) {
	c, err := g.entry(contact.Entry{By: "claim", Provenance: contact.FromAgent, Region: region, Identifiers: []contact.Identifier{id}, At: store.Now()})
	if err != nil {
		return id, err
	}
	p := c.points[0]
	return contact.Identifier{Scheme: p.Scheme, Value: p.Value, Scope: p.Scope}, nil
}

func (g *Ingest) holdOnce(ctx context.Context, c *inbound, h Holding) (contact.Identity, error) {
	there, err := g.holders(ctx, c.points, c.at())
	if err != nil {
		return contact.Identity{}, err
	}
	if claim, ok := there.claimed(); ok { // an agent's move settles first
		if _, err := g.settle(ctx, claim); err != nil && !errors.Is(err, errErased) {
			return contact.Identity{}, err
		}
		return contact.Identity{}, errRestart
	}
	held := there.of(c.points[0])
	if i := slices.IndexFunc(held, func(i contact.Identity) bool { return slices.Contains(h.Person, i.ProfileID) }); i >= 0 {
		return held[i], g.db.Conclude(ctx, held[i].Pending)
	}
	if len(held) > 0 && there.profiles[held[0].ProfileID].Erased() {
		return held[0], beingErased()
	}
	if len(held) > 0 {
		return g.takeOver(ctx, h, held[0])
	}
	if i := slices.IndexFunc(there.byBase[c.points[0].Of], func(i contact.Identity) bool { return i.Removed }); i >= 0 {
		return g.restore(ctx, h, there.byBase[c.points[0].Of][i])
	}
	return g.hold(ctx, c, h, there)
}

// hold inserts a contact point that nobody holds, or takes the place of a tombstone.
func (g *Ingest) hold(ctx context.Context, c *inbound, h Holding, there holders) (contact.Identity, error) {
	point := there.free(c.points[0], c)
	if err := g.markShared(ctx, there, []contact.ContactPoint{point}); err != nil {
		return contact.Identity{}, err
	}
	i := held(point, c.claim([]contact.ContactPoint{point}), h.Profile)
	i.Pending = g.decided(h, contact.Decision{Kind: contact.Added, Object: i.ID})
	view := there.vacant()
	err := g.db.Carry(ctx, g.db.Identities.Schema(), i.ID, i.Pending, func() error { return g.put(ctx, view, i) })
	return view[i.ID], err
}

// takeOver moves a contact point that somebody else holds, or refuses to.
func (g *Ingest) takeOver(ctx context.Context, h Holding, i contact.Identity) (contact.Identity, error) {
	if !h.TakeOver {
		return i, g.taken(ctx, h, i)
	}
	return g.give(ctx, h, i, contact.Decision{Kind: contact.Moved, Object: i.ID, From: i.ProfileID, To: h.Profile})
}

// restore gives a contact point that was taken back to whoever is said to have it now.
func (g *Ingest) restore(ctx context.Context, h Holding, i contact.Identity) (contact.Identity, error) {
	if w := i.Pending; !h.Since.IsZero() && w != nil && !w.Decision.At.Before(h.Since) {
		return i, ErrTakenBack
	}
	i.Removed, i.ValidUntil = false, contact.Identity{}.ValidUntil
	return g.give(ctx, h, i, contact.Decision{Kind: contact.Added, Object: i.ID})
}

// give changes the holder by compare-and-set, the decision with it. What its former holder said of it is not the new one's.
func (g *Ingest) give(ctx context.Context, h Holding, i contact.Identity, d contact.Decision) (contact.Identity, error) {
	if err := g.db.Conclude(ctx, i.Pending); err != nil {
		return i, err
	}
	none := contact.Identity{}
	i.ProfileID, i.PrimarySince, i.VerifiedAt, i.VerifiedBy = h.Profile, none.PrimarySince, none.VerifiedAt, ""
	i.Pending = g.decided(h, d)
	i, err := store.SwapCarrying(ctx, g.db, g.db.Identities, i, i.Pending)
	if errors.Is(err, store.ErrStale) {
		err = errRestart
	}
	return i, err
}

// decided is the decision about a contact point, of the profile that shall hold it.
func (g *Ingest) decided(h Holding, d contact.Decision) *contact.Pending {
	id := uuid.NewString()
	d.ID, d.Op, d.Subject, d.Who, d.At = contact.DecisionPrefix+id, h.Op, h.Profile, h.Who, store.Now()
	w := contact.Pending{Decision: d}
	if h.Why != "" {
		w.Basis = &contact.Basis{A: h.Profile, B: d.From, Why: h.Why, At: d.At}
		w.Basis.ID = contact.EvidencePrefix + id
		w.Decision.EvidenceID = w.Basis.ID
	}
	return &w
}

// taken refuses a contact point that somebody else holds, and flags the two.
func (g *Ingest) taken(ctx context.Context, h Holding, i contact.Identity) error {
	who := resolution{profile: h.Profile, points: []contact.ContactPoint{pointOf(i)}, view: map[string]contact.Identity{i.ID: i}}
	c := inbound{by: h.Op, interaction: h.Op}
	c.event.Inbound.Data.Times.OccurredAt = store.Now()
	flag := g.duplicate(c, who, i.ProfileID)
	if err := g.db.Duplicates.Insert(ctx, flag); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	return identityTaken().With(contact.Details{Holder: i.ProfileID, Duplicate: flag.ID})
}

func identityTaken() *contact.Error {
	return contact.NewError(contact.Conflict, "identity_taken", "another profile holds the contact point", nil)
}

// settleMove lets both profiles know where the contact point is now. It may run again, also when the move was made before.
func (g *Ingest) settleMove(ctx context.Context, i contact.Identity) error {
	if w := i.Pending; w != nil && w.Decision.Kind == contact.Moved && w.Decision.From != i.ProfileID {
		if err := g.changePoints(ctx, w.Decision.From, func(p contact.Profile) (contact.Profile, bool) {
			left := slices.DeleteFunc(slices.Clone(p.Points), func(known contact.Point) bool { return known.ID == i.ID })
			changed := len(left) < len(p.Points)
			p.Points = left
			return p, changed
		}); err != nil {
			return err
		}
	}
	return g.changePoints(ctx, i.ProfileID, func(p contact.Profile) (contact.Profile, bool) {
		if len(p.Points) >= contact.MaxPoints || slices.ContainsFunc(p.Points, func(known contact.Point) bool { return known.ID == i.ID }) {
			return p, false
		}
		p.Points = slices.Concat(p.Points, seenPoints([]contact.ContactPoint{pointOf(i)}))
		return p, true
	})
}

// changePoints changes what a profile was seen with; one that is gone has nothing to change.
func (g *Ingest) changePoints(ctx context.Context, profile string, change func(contact.Profile) (contact.Profile, bool)) error {
	for range maxRestarts {
		found, err := g.db.Profiles.FindAll(ctx, profile)
		if err != nil || len(found) == 0 {
			return err
		}
		before := found[profile]
		after, changed := change(before)
		if !changed {
			return nil
		}
		if len(after.Points) > len(before.Points) {
			if err := g.learn(ctx, lookup.News{Before: &before, Profile: after, At: store.Now()}); err != nil {
				return fmt.Errorf("looking for duplicates: %w", err)
			}
		}
		after.UpdatedAt = store.Now()
		if _, err := g.db.Profiles.Swap(ctx, after); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return errContended
}

// heldBy names who holds contact points: the holder of the first, and all others once.
func heldBy(profiles []string) contact.Details {
	details := contact.Details{Holder: profiles[0]}
	for n, id := range profiles {
		if !slices.Contains(profiles[:n], id) && n > 0 {
			details.Blockers = append(details.Blockers, contact.Blocker{Code: "holder", ProfileID: id})
		}
	}
	return details
}
