package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/normal"
)

// maxHolders is how many profiles may hold one contact point before a further name no longer makes a new one: then it is a switchboard.
const maxHolders = 4

// holders is who holds a contact's points: for each base identity the documents of that contact point, and the profiles that hold them.
type holders struct {
	at       time.Time // when the contact was: who held a point then
	byBase   map[string][]contact.Identity
	profiles map[string]contact.Profile
	roots    map[string]string       // who speaks for the profiles that have a contact point together, as far as one of them is merged
	passedOn map[string]bool         // contact points that may be somebody else's by now
	fits     map[naming]matching.Fit // how holders stand to names, as far as it was asked: each point of a contact asks
}

// naming is a name held against a profile's.
type naming struct{ profile, name string }

// holders reads who holds the points, and further profiles with theirs. A contact point of several people has composite identities beside the base one; the base says so, so that all others need one read.
func (g *Ingest) holders(ctx context.Context, points []contact.ContactPoint, at time.Time, further ...string) (holders, error) {
	h := holders{at: at, byBase: map[string][]contact.Identity{}, fits: map[naming]matching.Fit{}}
	bases, err := g.db.Identities.FindAll(ctx, ids(points)...)
	if err != nil {
		return h, err
	}
	for id, base := range bases {
		h.byBase[id] = []contact.Identity{base}
		if !base.Shared && !base.Succeeded {
			continue
		}
		h.byBase[id], _, err = g.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{id}, Limit: maxComposites})
		if err != nil {
			return h, err
		}
	}
	if h.profiles, err = g.db.Profiles.FindAll(ctx, append(h.profileIDs(), further...)...); err != nil {
		return h, err
	}
	h.roots, err = g.people.RootsOf(ctx, h.together()) // a reading like the names: what is settled is a profile's
	return h, err
}

// together are the profiles that are not alone with a contact point.
func (h holders) together() map[string]contact.Profile {
	several := map[string]contact.Profile{}
	for _, identities := range h.byBase {
		profiles := distinctProfiles(identities)
		if len(profiles) < 2 {
			continue
		}
		for _, id := range profiles {
			several[id] = h.profiles[id]
		}
	}
	return several
}

// people are those who hold identities, each once however many of their profiles do, in the order of the identities.
func (h holders) people(identities []contact.Identity) []string {
	var all []string
	for _, profile := range distinctProfiles(identities) {
		if person := h.person(profile); !slices.Contains(all, person) {
			all = append(all, person)
		}
	}
	return all
}

// person is who speaks for a holder.
func (h holders) person(profile string) string { return cmp.Or(h.roots[profile], profile) }

// maxComposites bounds the reading of one contact point's holders; with more than maxHolders no new ones are made.
const maxComposites = 64

// view are the identities of points, if all of them are the points themselves and not those of one of several people.
func (h holders) view(points []contact.ContactPoint) (view map[string]contact.Identity, ok bool) {
	view = map[string]contact.Identity{}
	for _, p := range points {
		if p.ID != p.Of {
			return nil, false
		}
		for _, i := range h.byBase[p.Of] {
			if i.ID == p.ID {
				view[p.ID] = i
			}
		}
	}
	return view, true
}

func ids(points []contact.ContactPoint) []string {
	all := make([]string, len(points))
	for i, p := range points {
		all[i] = p.ID
	}
	return all
}

func (h holders) profileIDs() []string {
	var all []string
	for _, identities := range h.byBase {
		all = append(all, distinctProfiles(identities)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// distinctProfiles are the holders of identities, each once, in the order of the identities.
func distinctProfiles(identities []contact.Identity) []string {
	var all []string
	for _, i := range identities {
		if i.Held() && !slices.Contains(all, i.ProfileID) {
			all = append(all, i.ProfileID)
		}
	}
	return all
}

// of are the documents of a contact point that somebody held at that time, the base identity first: whose it is has what no name tells from the others of one person.
func (h holders) of(p contact.ContactPoint) []contact.Identity {
	held := slices.DeleteFunc(slices.Clone(h.byBase[p.Of]), func(i contact.Identity) bool { return !i.Held() || !i.ValidAt(h.at) })
	slices.SortFunc(held, func(a, b contact.Identity) int { return cmp.Compare(a.NameKey, b.NameKey) })
	return held
}

// free is a contact point that nobody held at that time: itself, or if it has holders at other times, an identity of who has it between them. A new holder does not inherit the history.
func (h holders) free(p contact.ContactPoint, c *inbound) contact.ContactPoint {
	at := slices.IndexFunc(h.byBase[p.Of], func(i contact.Identity) bool { return i.ID == p.ID })
	if at < 0 {
		return p
	}
	for _, i := range h.byBase[p.Of] {
		if i.Vacant() { // an erased holder has no history
			continue
		}
		if !i.ValidUntil.IsZero() && !i.ValidUntil.After(h.at) && i.ValidUntil.After(p.ValidFrom) {
			p.ValidFrom = i.ValidUntil
		}
		if i.ValidFrom.After(h.at) && (p.ValidUntil.IsZero() || i.ValidFrom.Before(p.ValidUntil)) {
			p.ValidUntil = i.ValidFrom
		}
	}
	if h.byBase[p.Of][at].Vacant() {
		return p
	}
	return keyed(p, c, contact.SuccessorKey(p.ValidFrom))
}

// claimed finds a contact point whose holder is not decided yet.
func (h holders) claimed() (contact.Claim, bool) {
	for _, identities := range h.byBase {
		for _, i := range identities {
			if i.Claimed() {
				return *i.Claim, true
			}
		}
	}
	return contact.Claim{}, false
}

// choose decides by which identity each contact point stands for this contact, by the table of who attaches to whom: the point itself, a composite one for a further person behind it, or none where that cannot be told.
// On a place's or a function's contact point, on one that an agent says several people use, and on a number that may have been passed on, only a name says who it is: a named contact is not the holder that has no name, and one without a name is not the holder that has one.
func (h holders) choose(c *inbound) (points []contact.ContactPoint, candidates []contact.Candidate) {
	for _, p := range c.points {
		if chosen, ok := h.chooseOne(p, c); ok {
			points = append(points, chosen)
			continue
		}
		candidates = append(candidates, h.candidates(c, []contact.ContactPoint{p}, "shared_contact_point")...)
	}
	return points, candidates
}

func (h holders) chooseOne(p contact.ContactPoint, c *inbound) (contact.ContactPoint, bool) {
	held := h.of(p)
	if i := slices.IndexFunc(held, func(i contact.Identity) bool { return i.Origin != nil && i.Origin.By == c.by }); i >= 0 {
		return as(p, held[i]), true // decided by an earlier run of this contact
	}
	people := h.people(held)
	fitting := h.fitting(held, c.name, matching.Fits)
	opposed := h.people(h.fitting(held, c.name, matching.Contradicts))
	switch {
	case len(people) == 0:
		return h.free(p, c), true
	case len(people) == 1 && p.Scheme == contact.External && c.entered(): // a system gives an id to one person, whatever their name is now
		return as(p, held[0]), true
	case len(h.people(fitting)) == 1:
		return as(p, fitting[0]), true
	}
	alone, several := said(held)
	unsure := h.passedOn[p.Of] || several || c.impersonal(p) && !alone
	further := len(opposed) == len(people) || unsure && normal.NameKey(c.name) != ""
	switch {
	case len(people) == 1 && len(opposed) == 0 && (!unsure || h.nameless(held) && normal.NameKey(c.name) == ""):
		return as(p, held[0]), true
	case len(fitting) == 0 && further && len(people) < maxHolders:
		return composite(p, c), true
	}
	return contact.ContactPoint{}, false
}

// said is what agents say of who uses a contact point: its holder alone, or several people.
func said(held []contact.Identity) (alone, several bool) {
	for _, i := range held {
		alone, several = alone || i.Alone, several || i.Several
	}
	return alone, several
}

// nameless reports whether nothing but the contact point is known of whoever holds identities.
func (h holders) nameless(held []contact.Identity) bool {
	return !slices.ContainsFunc(held, func(i contact.Identity) bool {
		return h.profiles[i.ProfileID].Name != "" || len(h.profiles[i.ProfileID].Names) > 0
	})
}

// fitting are the identities whose holder's name stands to name as asked. A holder fits by one of the names it is known by, and contradicts by all.
func (h holders) fitting(held []contact.Identity, name string, want matching.Fit) []contact.Identity {
	return slices.DeleteFunc(slices.Clone(held), func(i contact.Identity) bool { return h.fit(i.ProfileID, name) != want })
}

// fit is how a holder stands to a name.
func (h holders) fit(profile, name string) matching.Fit {
	asked := naming{profile, name}
	fit, known := h.fits[asked]
	if !known {
		fit = compare(h.profiles[profile], name)
		h.fits[asked] = fit
	}
	return fit
}

func compare(p contact.Profile, name string) matching.Fit {
	known := []string{p.Name}
	for _, n := range p.Names {
		if n.Value != p.Name {
			known = append(known, n.Value)
		}
	}
	return matching.FitAmong(known, name)
}

// composite is the identity of one more person behind a contact point, whenever others have it.
func composite(p contact.ContactPoint, c *inbound) contact.ContactPoint {
	p.ValidFrom, p.ValidUntil = time.Time{}, time.Time{}
	return keyed(p, c, normal.NameKey(c.name))
}

func keyed(p contact.ContactPoint, c *inbound, key string) contact.ContactPoint {
	p.NameKey = key
	p.ID = c.salt.IdentityID(p.Scheme, p.Scope, p.Value, p.NameKey)
	return p
}

// as is a contact's point by the identity that stands for it. How it was written, and how sure the network is of it, stays what this contact says: whose the identity is does not change that, nor who told of it before.
func as(p contact.ContactPoint, i contact.Identity) contact.ContactPoint {
	p.ID, p.NameKey, p.ValidFrom, p.ValidUntil = i.ID, i.NameKey, i.ValidFrom, i.ValidUntil
	return p
}

// pointOf is a held identity as a contact point.
func pointOf(i contact.Identity) contact.ContactPoint {
	return contact.ContactPoint{
		ID: i.ID, Of: i.Of, Scheme: i.Scheme, Value: i.Value, Scope: i.Scope, NameKey: i.NameKey,
		Provenance: i.Provenance, Assurance: i.Assurance, Shared: i.Shared, ValidFrom: i.ValidFrom, ValidUntil: i.ValidUntil,
	}
}

// known reports the one profile that holds all the points, if it is so: then nothing has to be settled.
func (h holders) known(points []contact.ContactPoint) (profile string, view map[string]contact.Identity, ok bool) {
	view = map[string]contact.Identity{}
	for _, p := range points {
		held := h.of(p)
		i := slices.IndexFunc(held, func(i contact.Identity) bool { return i.ID == p.ID })
		if i < 0 {
			return "", nil, false
		}
		view[p.ID] = held[i]
		if profile != "" && profile != held[i].ProfileID {
			return "", nil, false
		}
		profile = held[i].ProfileID
	}
	_, exists := h.profiles[profile]
	return profile, view, exists
}

// candidates are the people behind contact points that do not decide, each once: first whose name fits the contact's, last whose name contradicts it, and among equals who has had the contact point for longest.
func (h holders) candidates(c *inbound, points []contact.ContactPoint, reason string) []contact.Candidate {
	var all []contact.Candidate
	for _, p := range points {
		held := h.of(p)
		slices.SortStableFunc(held, func(a, b contact.Identity) int {
			return cmp.Or(cmp.Compare(h.likely(b, c.name), h.likely(a, c.name)), a.FirstSeen.Compare(b.FirstSeen))
		})
		for _, profile := range distinctProfiles(held) {
			if !slices.ContainsFunc(all, func(c contact.Candidate) bool { return c.ProfileID == profile }) && len(all) < maxCandidates {
				all = append(all, contact.Candidate{ProfileID: profile, Reason: reason, Evidence: []contact.Evidence{{Kind: "contact_point", Left: p.ID}}})
			}
		}
	}
	return all
}

// likely orders holders by what their name says: 1 it fits, 0 nothing, -1 it contradicts.
func (h holders) likely(i contact.Identity, name string) int {
	switch h.fit(i.ProfileID, name) {
	case matching.Fits:
		return 1
	case matching.Contradicts:
		return -1
	default:
		return 0
	}
}

// maxCandidates bounds the list that an agent chooses from.
const maxCandidates = 16
