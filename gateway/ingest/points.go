package ingest

import (
	"cmp"
	"slices"

	"usher/gateway/contact"
)

// points are the contact points a contact attaches by, each once, the strongest first.
func (g *Ingest) points(party contact.Party, in contact.Inbound, c inbound) []contact.ContactPoint {
	identifiers := party.Identifiers
	if change := in.Data.IdentityChange; change != nil {
		identifiers = slices.Concat(identifiers, change.Old, change.New)
	}
	var points []contact.ContactPoint
	for _, id := range identifiers {
		scope, ok := scopeOf(id, c)
		if !ok {
			continue
		}
		base := g.db.Salt.IdentityID(id.Scheme, scope, id.Value, "")
		points = append(points, contact.ContactPoint{
			ID: base, Of: base, Scheme: id.Scheme, Value: id.Value, Scope: scope, Raw: id.Raw,
			Provenance: cmp.Or(id.Provenance, contact.FromChannel), Assurance: cmp.Or(id.Assurance, contact.None), Shared: c.policy.Shared,
		})
	}
	slices.SortStableFunc(points, func(a, b contact.ContactPoint) int { return cmp.Compare(strength(a.Scheme), strength(b.Scheme)) })
	return distinct(points)
}

// scopeOf is the scope of the identity that an identifier makes, if it makes one. What a person typed does only for a relay, and then within that source: nobody reaches another's history by typing an address.
func scopeOf(id contact.Identifier, c inbound) (scope string, identifies bool) {
	if id.Provenance.Identifies() {
		return id.Scope, true
	}
	if id.Provenance == contact.Claimed && c.policy.Claims {
		return "claim:" + c.delivery.Source, true
	}
	return "", false
}

// strength orders schemes: what a network gave one account, then a number, then an address.
func strength(s contact.Scheme) int {
	switch s {
	case contact.Mailto:
		return 2
	case contact.Tel:
		return 1
	}
	return 0
}

func distinct(points []contact.ContactPoint) []contact.ContactPoint {
	seen := map[string]bool{}
	return slices.DeleteFunc(points, func(p contact.ContactPoint) bool {
		again := seen[p.ID]
		seen[p.ID] = true
		return again
	})
}

// evidence is what a party says of itself without proof, and what was found in its words: it speaks in matching and attaches nothing.
func evidence(party contact.Party, extracted []contact.Evidence) []contact.Evidence {
	found := slices.Clone(extracted)
	for _, id := range party.Identifiers {
		if !id.Provenance.Identifies() {
			found = append(found, contact.Evidence{Kind: string(id.Scheme), Left: id.Value, Provenance: id.Provenance})
		}
	}
	return found
}

// failed reports whether the network says that the sender is not who the contact points name.
func failed(party contact.Party) bool {
	return slices.ContainsFunc(party.Identifiers, func(id contact.Identifier) bool { return id.Assurance == contact.Fail })
}
