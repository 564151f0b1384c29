package lookup

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/compare"
)

// evidenceFields are the kinds of evidence that are compared. A fax identifies nobody, and of a link or a title nothing is concluded.
var evidenceFields = map[string]compare.Field{
	string(contact.Tel): compare.Phone, string(contact.Mailto): compare.Mail, "name": compare.Name, "company": compare.Organization, "organization": compare.Organization,
	"street": compare.Street, "city": compare.City, "postcode": compare.Postcode, "region": compare.Region, "country": compare.Country, "birth_date": compare.BirthDate, "reference": compare.Reference,
}

// profileOf is all that is known of a profile, as it is compared. Shared says of contact points, by the id of their base identity, how many use them.
func profileOf(p contact.Profile, shared func(contact.Scheme, string, string) compare.Sharing) compare.Profile {
	out := compare.Profile{ID: p.ID}
	add := func(v compare.Value, scheme contact.Scheme, scope string) {
		if shared != nil && scheme != "" {
			v.Sharing = shared(scheme, scope, v.Text)
		}
		v.Sharing.Role = v.Sharing.Role || p.Class == contact.RoleBox && scheme == contact.Mailto
		out.Values = append(out.Values, v)
	}
	for _, n := range p.Names {
		add(compare.Value{Field: compare.Name, Text: n.Value, Provenance: n.Provenance}, "", "")
	}
	for _, point := range p.Points {
		add(valueOf(point), point.Scheme, point.Scope)
	}
	for _, e := range p.Evidence {
		if field, ok := evidenceFields[e.Kind]; ok {
			if field == compare.Reference && !e.Provenance.Identifies() {
				field = compare.Mentioned // an order's number, and no document's
			}
			add(compare.Value{Field: field, Text: e.Left, Provenance: e.Provenance}, schemeOf(field), "")
		}
	}
	for _, language := range p.Languages {
		add(compare.Value{Field: compare.Language, Text: language}, "", "")
	}
	return out
}

// valueOf is a contact point as it is compared. A network's account is a handle; a browser's or a softphone's user, and an id of the sender's own system, change with the device and say nothing against another.
func valueOf(p contact.Point) compare.Value {
	switch p.Scheme {
	case contact.Tel:
		return compare.Value{Field: compare.Phone, Text: p.Value, Provenance: p.Provenance, Normal: true}
	case contact.Mailto:
		return compare.Value{Field: compare.Mail, Text: p.Value, Provenance: p.Provenance}
	}
	v := compare.Value{Field: compare.Handle, Text: string(p.Scheme) + ":" + p.Scope + ":" + p.Value, Network: string(p.Scheme) + ":" + p.Scope, Provenance: p.Provenance}
	if p.Scheme == contact.Visitor || p.Scheme == contact.Client || p.Scheme == contact.External {
		v.Network = v.Text
	}
	return v
}

// schemeOf is the scheme of the contact points of a field.
func schemeOf(f compare.Field) contact.Scheme {
	switch f {
	case compare.Phone:
		return contact.Tel
	case compare.Mail:
		return contact.Mailto
	}
	return ""
}

// maxSharers is how many holders of a contact point are counted; by fewer it is known to say nothing.
const maxSharers = 8

// sharing reads how many people use the telephone numbers and addresses that a profile was seen with or names.
func (l *Lookup) sharing(ctx context.Context, p contact.Profile) (func(contact.Scheme, string, string) compare.Sharing, error) {
	id := func(scheme contact.Scheme, scope, value string) string {
		return l.db.Salt.IdentityID(scheme, scope, value, "")
	}
	var ids []string
	for _, v := range profileOf(p, nil).Values {
		if scheme := schemeOf(v.Field); scheme != "" {
			ids = append(ids, id(scheme, "", v.Text))
		}
	}
	slices.Sort(ids)
	bases, err := l.db.Identities.FindAll(ctx, slices.Compact(ids)...)
	if err != nil {
		return nil, err
	}
	known := map[string]compare.Sharing{}
	for base, i := range bases {
		if i.Vacant() && !i.Shared {
			continue
		}
		known[base] = compare.Sharing{Names: 1}
		if !i.Shared {
			continue
		}
		holders, _, err := l.db.Identities.List(ctx, store.Range{Index: "of", Equal: []any{base}, Limit: maxSharers})
		if err != nil {
			return nil, err
		}
		names, err := l.named(ctx, holders)
		if err != nil {
			return nil, err
		}
		contacts, err := l.contacts(ctx, holders)
		if err != nil {
			return nil, err
		}
		known[base] = compare.Sharing{Names: max(1, names), Contacts: contacts}
		if slices.ContainsFunc(holders, func(i contact.Identity) bool { return i.Several }) { // an agent knows it, whoever has come by it so far
			known[base] = compare.Sharing{Names: max(2, names), Contacts: contacts, Role: true}
		}
	}
	return func(scheme contact.Scheme, scope, value string) compare.Sharing {
		return known[id(scheme, scope, value)]
	}, nil
}

// named counts the holders of a contact point who have a name: the record of a line that somebody called from without one is not one more person.
func (l *Lookup) named(ctx context.Context, holders []contact.Identity) (int, error) {
	profiles, err := l.db.Profiles.FindAll(ctx, keysOf(distinctHolders(holders))...)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range profiles {
		if len(p.Names) > 0 {
			n++
		}
	}
	return n, nil
}

// contacts counts those that came by a shared contact point, as far as it matters.
func (l *Lookup) contacts(ctx context.Context, identities []contact.Identity) (int, error) {
	n := 0
	for _, i := range identities {
		came, err := l.db.Interactions.CountTo(ctx, compare.ManyContacts-n, "identity", i.ID)
		if err != nil {
			return 0, err
		}
		if n += int(came); n >= compare.ManyContacts {
			break
		}
	}
	return n, nil
}

func distinctHolders(identities []contact.Identity) map[string]bool {
	profiles := map[string]bool{}
	for _, i := range identities {
		if i.Held() {
			profiles[i.ProfileID] = true
		}
	}
	return profiles
}
