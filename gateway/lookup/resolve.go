package lookup

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/compare"
)

// maxPeople is how many an answer names.
const maxPeople = 5

// Person is somebody who an asked contact may be.
type Person struct {
	Profile  contact.Profile
	Attaches bool // a contact like this would be recorded with them
	Verdict  matching.Verdict
}

// Resolve ranks who somebody may be of whom a name, contact points and evidence are given: first whom a contact would be recorded with, then the likeliest. It writes nothing.
func (l *Lookup) Resolve(ctx context.Context, asked contact.Profile) ([]Person, error) {
	found, err := l.Look(ctx, asked, l.Review.Least, maxPeople)
	if err != nil {
		return nil, err
	}
	holder, held, err := l.holder(ctx, asked)
	if err != nil {
		return nil, err
	}
	var people []Person
	if held {
		s := found.matcher.Score(found.Record, compare.Prepare(profileOf(holder, nil)))
		people = append(people, Person{Profile: holder, Attaches: true, Verdict: found.Verdict(s)})
	}
	for _, s := range found.Scored {
		people = append(people, Person{Profile: found.Person(s.Record.ID), Verdict: found.Verdict(s)})
	}
	people, err = l.each(ctx, people)
	return people[:min(len(people), maxPeople)], err
}

// each is every person once, as who speaks for them; the first of the profiles that were found says why.
func (l *Lookup) each(ctx context.Context, found []Person) ([]Person, error) {
	profiles := map[string]contact.Profile{}
	for _, p := range found {
		profiles[p.Profile.ID] = p.Profile
	}
	roots, err := l.people.RootsOf(ctx, profiles)
	if err != nil {
		return nil, err
	}
	speaking, err := l.db.Profiles.FindAll(ctx, slices.Collect(maps.Values(roots))...)
	if err != nil {
		return nil, err
	}
	var each []Person
	for _, p := range found {
		if root, ok := speaking[roots[p.Profile.ID]]; ok {
			root.Name = cmp.Or(root.Name, p.Profile.Name)
			p.Profile = root
		}
		if !slices.ContainsFunc(each, func(known Person) bool { return known.Profile.ID == p.Profile.ID }) {
			each = append(each, p)
		}
	}
	return each, nil
}

// holder is whom the first contact point attaches to that one person alone holds and whose names the given one does not contradict.
func (l *Lookup) holder(ctx context.Context, asked contact.Profile) (contact.Profile, bool, error) {
	for _, point := range asked.Points {
		base := l.db.Salt.IdentityID(point.Scheme, point.Scope, point.Value, "")
		identities, _, err := l.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: maxSharers})
		if err != nil {
			return contact.Profile{}, false, err
		}
		now := store.Now()
		identities = slices.DeleteFunc(identities, func(i contact.Identity) bool { return !i.ValidAt(now) })
		holders, roots, err := l.holders(ctx, identities)
		if err != nil {
			return contact.Profile{}, false, err
		}
		if one, ok := only(holders, roots, asked, point); ok {
			return one, true, nil
		}
	}
	return contact.Profile{}, false, nil
}

// holders are those who hold identities, of the base identity first, and who speaks for them if any is merged.
func (l *Lookup) holders(ctx context.Context, identities []contact.Identity) (holders []contact.Profile, roots map[string]string, err error) {
	profiles, err := l.db.Profiles.FindAll(ctx, keysOf(distinctHolders(identities))...)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(identities, func(a, b contact.Identity) int { return cmp.Compare(a.NameKey, b.NameKey) })
	for _, i := range identities {
		if p, ok := profiles[i.ProfileID]; ok {
			holders = append(holders, p)
		}
	}
	roots, err = l.people.RootsOf(ctx, profiles)
	return holders, roots, err
}

// only is the one of a contact point's holders that the asked name leaves: whom it fits if that is one person, else the first of the only one if it does not contradict. On a place's or a function's contact point, who has a name and who has none are not taken for one.
func only(holders []contact.Profile, roots map[string]string, asked contact.Profile, point contact.Point) (contact.Profile, bool) {
	stands := func(want matching.Fit) []contact.Profile {
		return slices.DeleteFunc(slices.Clone(holders), func(p contact.Profile) bool { return p.Erased() || fitOf(p, asked) != want })
	}
	if fitting := stands(matching.Fits); len(fitting) > 0 {
		return fitting[0], onePerson(fitting, roots)
	}
	unsaid := stands(matching.Unknown)
	if len(unsaid) == 0 || len(stands(matching.Contradicts)) > 0 || !onePerson(holders, roots) {
		return contact.Profile{}, false
	}
	named := len(asked.Names) > 0 || slices.ContainsFunc(holders, func(p contact.Profile) bool { return len(p.Names) > 0 })
	return unsaid[0], !named || !matching.Impersonal(point.Scheme, point.Value)
}

// onePerson reports whether profiles are all of one person.
func onePerson(profiles []contact.Profile, roots map[string]string) bool {
	return !slices.ContainsFunc(profiles, func(p contact.Profile) bool {
		return p.ID != profiles[0].ID && (roots[p.ID] == "" || roots[p.ID] != roots[profiles[0].ID])
	})
}

// fitOf is how the asked names stand to a profile's.
func fitOf(p, asked contact.Profile) matching.Fit {
	var known []string
	for _, n := range p.Names {
		known = append(known, n.Value)
	}
	best := matching.Unknown
	for _, n := range asked.Names {
		switch matching.FitAmong(known, n.Value) {
		case matching.Fits:
			return matching.Fits
		case matching.Contradicts:
			best = matching.Contradicts
		}
	}
	return best
}

func keysOf(set map[string]bool) []string {
	var all []string
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// Asked is evidence for those who may not read the other profile: what of the given contact points it has too, and nothing that it has else.
func Asked(evidence []contact.Evidence) []contact.Evidence {
	shown := []contact.Evidence{}
	for _, e := range evidence {
		if e.Kind == "phone_same" || e.Kind == "email_same" || e.Kind == "handle_same" {
			e.Right = ""
			shown = append(shown, e)
		}
	}
	return shown
}
