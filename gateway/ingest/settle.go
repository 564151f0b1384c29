package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// errRestart says that somebody else changed what a step relied on: start again from the reading.
var errRestart = errors.New("start again")

// errContended gives the delivery back for a later try. It takes a thousand lost races in a row.
var errContended = errors.New("settling identities: too many others at the same contact points")

const maxRestarts = 1000

// settled is what came of settling a claim.
type settled struct {
	profile string                      // who holds its points
	view    map[string]contact.Identity // the points as they are now
	made    bool                        // the profile was made here and now, as the claim says. False also where somebody else made it, for the claim or of what they had themselves
}

// settle decides who holds a contact's identities: claim all that are missing but the last, and the last one's insert decides (PROTOCOLS.md 1, whose steps are numbered here). It is idempotent and safe for any number of
// processes at once: nobody waits, whoever meets an undecided identity settles it first.
func (g *Ingest) settle(ctx context.Context, c contact.Claim) (settled, error) {
	for range maxRestarts {
		view, err := g.db.Identities.FindAll(ctx, ids(c.Points)...) // 1
		if err != nil {
			return settled{}, err
		}
		out, err := g.settleBy(ctx, c, view, nil)
		if !errors.Is(err, errRestart) {
			return out, err
		}
	}
	return settled{}, errContended
}

// settleFrom is settle by the identities and profiles that were just read to choose the claim's points. The protocol does not mind when it was that they were read: whatever has changed since is met where it is written.
// Points that stand for one of several people are read again: that there are several has just been said on the base identity.
func (g *Ingest) settleFrom(ctx context.Context, c contact.Claim, h holders) (settled, error) {
	view, ok := h.view(c.Points)
	if !ok {
		return g.settle(ctx, c)
	}
	out, err := g.settleBy(ctx, c, view, h.profiles)
	if errors.Is(err, errRestart) {
		return g.settle(ctx, c)
	}
	return out, err
}

// settleBy takes the steps after the reading; of the profiles those are known that were read with it.
func (g *Ingest) settleBy(ctx context.Context, c contact.Claim, view map[string]contact.Identity, known map[string]contact.Profile) (settled, error) {
	if at, erased := erasedSince(view, c); erased {
		return settled{}, g.dissolve(ctx, view, c, at)
	}
	if other, ok := foreignClaim(view, c); ok { // 2
		if _, err := g.settle(ctx, other); err != nil && !errors.Is(err, errErased) {
			return settled{}, err
		}
		return settled{}, errRestart
	}
	if err := g.lookTwice(ctx, c, view); err != nil { // 3
		return settled{}, err
	}
	missing := missingPoints(c, view)
	for _, p := range missing[:max(0, len(missing)-1)] { // 4
		if err := g.put(ctx, view, claimed(p, c)); err != nil {
			return settled{}, err
		}
	}
	out := g.holder(c, view) // 5
	if len(missing) > 0 {    // 6
		if err := g.put(ctx, view, held(missing[len(missing)-1], c, out)); err != nil {
			return settled{}, err
		}
	}
	if err := g.settleOwn(ctx, c, view, out); err != nil { // 7
		return settled{}, err
	}
	if _, there := known[out]; there {
		return settled{out, view, false}, nil
	}
	made, err := g.ensureProfile(ctx, c, out) // 8
	return settled{out, view, made}, err
}

// foreignClaim finds an identity in the view that another contact has claimed.
func foreignClaim(view map[string]contact.Identity, c contact.Claim) (contact.Claim, bool) {
	for _, i := range view {
		if i.Claimed() && !i.Claim.Same(c) {
			return *i.Claim, true
		}
	}
	return contact.Claim{}, false
}

// lookTwice reads the view again if it has several holders: an agent may be moving identities between them.
func (g *Ingest) lookTwice(ctx context.Context, c contact.Claim, view map[string]contact.Identity) error {
	seen := make([]contact.Identity, 0, len(view))
	for _, i := range view {
		seen = append(seen, i)
	}
	if len(distinctProfiles(seen)) < 2 {
		return nil
	}
	again, err := g.db.Identities.FindAll(ctx, ids(c.Points)...)
	if err != nil {
		return err
	}
	for id, i := range view {
		if again[id].Version != i.Version {
			return errRestart
		}
	}
	if len(again) != len(view) {
		return errRestart
	}
	return nil
}

// missingPoints are the points without a document, or with a tombstone, in the one order that everybody claims in: claims in different orders chase each other for ever.
func missingPoints(c contact.Claim, view map[string]contact.Identity) []contact.ContactPoint {
	missing := slices.DeleteFunc(slices.Clone(c.Points), func(p contact.ContactPoint) bool {
		i, ok := view[p.ID]
		return ok && !i.Vacant()
	})
	slices.SortFunc(missing, func(a, b contact.ContactPoint) int { return compareIDs(a.ID, b.ID) })
	return missing
}

func compareIDs(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// put inserts an identity, or sets it in the place of a tombstone, and adds it to the view; somebody who was faster means starting again.
func (g *Ingest) put(ctx context.Context, view map[string]contact.Identity, i contact.Identity) error {
	if there, ok := view[i.ID]; ok {
		return g.change(ctx, view, there, i)
	}
	err := g.db.Identities.Insert(ctx, i)
	if errors.Is(err, store.ErrExists) {
		return errRestart
	}
	if err != nil {
		return err
	}
	i.Version = 1
	view[i.ID] = i
	return nil
}

// change puts an identity in the place of one that is there. When a holder was erased, and that others use the contact point, stays with it for ever.
func (g *Ingest) change(ctx context.Context, view map[string]contact.Identity, there, i contact.Identity) error {
	i.Version, i.ErasedAt, i.Shared, i.Succeeded = there.Version, there.ErasedAt, i.Shared || there.Shared, i.Succeeded || there.Succeeded
	changed, err := g.db.Identities.Swap(ctx, i)
	if errors.Is(err, store.ErrStale) {
		return errRestart
	}
	if err != nil {
		return err
	}
	view[i.ID] = changed
	return nil
}

// holder is who gets the contact: whom an earlier run decided on, else the holder of the strongest held identity, else a new profile.
func (g *Ingest) holder(c contact.Claim, view map[string]contact.Identity) string {
	for _, p := range c.Points {
		if i, ok := view[p.ID]; ok && i.Origin != nil && i.Origin.By == c.By {
			return i.Origin.ProfileID
		}
	}
	for _, p := range c.Points {
		if i, ok := view[p.ID]; ok && i.Held() {
			return i.ProfileID
		}
	}
	return g.profileID(c.By)
}

// settleOwn turns the contact's own claims into held identities, in order.
func (g *Ingest) settleOwn(ctx context.Context, c contact.Claim, view map[string]contact.Identity, out string) error {
	points := slices.Clone(c.Points)
	slices.SortFunc(points, func(a, b contact.ContactPoint) int { return compareIDs(a.ID, b.ID) })
	for _, p := range points {
		i := view[p.ID]
		if !i.Claimed() {
			continue
		}
		if err := g.change(ctx, view, i, held(p, c, out)); err != nil {
			return err
		}
	}
	return nil
}

// ensureProfile inserts the holder's profile if it is not there: it is new, or a crash came between an identity and its profile. False: it was there.
func (g *Ingest) ensureProfile(ctx context.Context, c contact.Claim, out string) (bool, error) {
	if out != g.profileID(c.By) {
		found, err := g.db.Profiles.FindAll(ctx, out)
		if err != nil || len(found) == 1 {
			return false, err
		}
	}
	err := g.db.Profiles.Insert(ctx, newProfile(out, c))
	if errors.Is(err, store.ErrExists) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("making profile: %w", err)
	}
	return true, nil
}

// profileID is the profile that a contact makes. It hangs on the contact and not on the identity: an erased person's must not come back.
func (g *Ingest) profileID(by string) string { return g.db.Salt.ID(contact.ProfilePrefix, by) }

func claimed(p contact.ContactPoint, c contact.Claim) contact.Identity {
	i := identityOf(p, c)
	i.Claim = &c
	return i
}

func held(p contact.ContactPoint, c contact.Claim, profile string) contact.Identity {
	i := identityOf(p, c)
	i.ProfileID, i.Origin = profile, &contact.Origin{By: c.By, ProfileID: profile}
	return i
}

func identityOf(p contact.ContactPoint, c contact.Claim) contact.Identity {
	i := contact.Identity{
		Scheme: p.Scheme, Value: p.Value, Scope: p.Scope, NameKey: p.NameKey, Of: p.Of,
		Provenance: p.Provenance, Assurance: p.Assurance, Shared: p.Shared, FirstSeen: c.At,
		ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
	}
	i.ID = p.ID
	if p.Scheme == contact.Mailto && p.Provenance == contact.FromChannel {
		i.MailDomain = domain.Registrable(domain.Of(p.Value))
	}
	if p.Raw != "" {
		i.Raw = []string{p.Raw}
	}
	return i
}

// markShared says on the base identity that it has composites or successors, before the first of them is made.
func (g *Ingest) markShared(ctx context.Context, h holders, points []contact.ContactPoint) error {
	for _, p := range points {
		if p.ID == p.Of {
			continue
		}
		for _, base := range h.byBase[p.Of] {
			succeeds := contact.Identity{NameKey: p.NameKey}.Succeeds()
			if base.ID != p.Of || base.Shared || succeeds && base.Succeeded {
				continue
			}
			base.Shared, base.Succeeded = !succeeds, base.Succeeded || succeeds
			if _, err := g.db.Identities.Swap(ctx, base); errors.Is(err, store.ErrStale) {
				return errRestart
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}
