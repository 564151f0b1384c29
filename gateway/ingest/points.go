package ingest

import (
	"cmp"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/matching"
	"usher/matching/normal"
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

// lineTypes are the words of networks for what kind of line a number is (those of Twilio Lookup and of the numbering plans), in lower case without spaces: true for a place's, false for a person's.
var lineTypes = map[string]bool{
	"landline": true, "fixed": true, "fixedline": true, "fixedvoip": true, "tollfree": true, "sharedcost": true, "uan": true,
	"mobile": false, "cell": false, "wireless": false, "personal": false,
}

// impersonal reports whether a contact point is a place's or a function's. What the network says of the caller's line goes before the numbering plan: numbers are ported, and some plans do not tell. A number with an extension is a switchboard's.
func (c *inbound) impersonal(p contact.ContactPoint) bool {
	if caller := c.event.Inbound.Data.Caller; caller != nil && p.Scheme == contact.Tel {
		kind := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(caller.LineType))
		if place, known := lineTypes[kind]; known {
			return place
		}
	}
	return p.Shared || p.Scheme == contact.Tel && normal.HasExtension(p.Raw) || matching.Impersonal(p.Scheme, p.Value)
}

func distinct(points []contact.ContactPoint) []contact.ContactPoint {
	seen := map[string]bool{}
	return slices.DeleteFunc(points, func(p contact.ContactPoint) bool {
		again := seen[p.ID]
		seen[p.ID] = true
		return again
	})
}

// evidence is what a party says of itself without proof, and what was found in its words: it speaks in matching and attaches nothing. What others wrote, and what is ours, says nothing of the sender.
func (o Own) evidence(party contact.Party, extracted []contact.Evidence, region string) []contact.Evidence {
	var found []contact.Evidence
	for _, e := range extracted {
		e.Left = normalEvidence(e, region)
		point := contact.Identifier{Scheme: contact.Scheme(e.Kind), Value: e.Left}
		if e.Left != "" && !foreign(e.Source) && !o.ours(contact.Party{Identifiers: []contact.Identifier{point}}) && !known(found, e) && !holds(party, point) {
			found = append(found, e)
		}
	}
	for _, id := range party.Identifiers {
		if !id.Provenance.Identifies() && !o.ours(contact.Party{Identifiers: []contact.Identifier{id}}) {
			found = append(found, contact.Evidence{Kind: string(id.Scheme), Left: id.Value, Provenance: id.Provenance})
		}
	}
	return found
}

// normalEvidence is a contact point in its normal form, empty if it has none, and every other value as it is.
func normalEvidence(e contact.Evidence, region string) string {
	scheme := contact.Scheme(e.Kind)
	if scheme != contact.Tel && scheme != contact.Mailto {
		return e.Left
	}
	id, ok := normalIdentifier(contact.Identifier{Scheme: scheme, Value: e.Left}, region, "")
	if !ok {
		return ""
	}
	return id.Value
}

// known reports whether a value was found already: an adapter that reads its channel's texts finds what every text is searched for.
func known(found []contact.Evidence, e contact.Evidence) bool {
	return slices.ContainsFunc(found, func(k contact.Evidence) bool { return k.Kind == e.Kind && k.Left == e.Left })
}

// holds reports whether a value is one of the contact points that a party came by: it says nothing new.
func holds(party contact.Party, point contact.Identifier) bool {
	return slices.ContainsFunc(party.Identifiers, func(id contact.Identifier) bool {
		return id.Provenance.Identifies() && id.Scheme == point.Scheme && id.Value == point.Value
	})
}

// foreign reports whether a place holds somebody else's words.
func foreign(at *contact.Place) bool {
	return at != nil && (at.Part == string(contact.Quoted) || at.Part == string(contact.Forwarded))
}

// failed reports whether the network says that the sender is not who the contact points name.
func failed(party contact.Party) bool {
	return slices.ContainsFunc(party.Identifiers, func(id contact.Identifier) bool { return id.Assurance == contact.Fail })
}
