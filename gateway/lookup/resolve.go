package lookup

import (
	"context"
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
		if len(people) < maxPeople && (!held || s.Record.ID != holder.ID) {
			people = append(people, Person{Profile: found.Person(s.Record.ID), Verdict: found.Verdict(s)})
		}
	}
	return people, nil
}

// holder is whom the first contact point attaches to that one profile alone holds and whose names the given one does not contradict.
func (l *Lookup) holder(ctx context.Context, asked contact.Profile) (contact.Profile, bool, error) {
	for _, point := range asked.Points {
		base := l.db.Salt.IdentityID(point.Scheme, point.Scope, point.Value, "")
		identities, _, err := l.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: maxSharers})
		if err != nil {
			return contact.Profile{}, false, err
		}
		now := store.Now()
		identities = slices.DeleteFunc(identities, func(i contact.Identity) bool { return !i.ValidAt(now) })
		profiles, err := l.db.Profiles.FindAll(ctx, keysOf(distinctHolders(identities))...)
		if err != nil {
			return contact.Profile{}, false, err
		}
		if one, ok := only(profiles, asked, point); ok {
			return one, true, nil
		}
	}
	return contact.Profile{}, false, nil
}

// only is the one of a contact point's holders that the asked name leaves: the only one that it fits, else the only one if it does not contradict. On a place's or a function's contact point, who has a name and who has none are not taken for one.
func only(holders map[string]contact.Profile, asked contact.Profile, point contact.Point) (contact.Profile, bool) {
	var left []contact.Profile
	for _, p := range holders {
		if p.Erased() {
			continue
		}
		certain := !matching.Impersonal(point.Scheme, point.Value) || len(p.Names)+len(asked.Names) == 0
		if fit := fitOf(p, asked); fit == matching.Fits || fit == matching.Unknown && len(holders) == 1 && certain {
			left = append(left, p)
		}
	}
	if len(left) != 1 {
		return contact.Profile{}, false
	}
	return left[0], true
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
