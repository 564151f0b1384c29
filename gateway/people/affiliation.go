package people

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Affiliation is an organization that a person belongs to, by the earliest membership of any of its profiles.
type Affiliation struct {
	OrganizationID string      `json:"organization_id"`
	Name           string      `json:"name"`
	MembershipID   string      `json:"membership_id"`
	ProfileID      string      `json:"profile_id" doc:"The profile of the person that is the member."`
	How            contact.How `json:"how" enum:"email,agent,import"`
	Since          time.Time   `json:"since"`
}

// maxAffiliations bounds the memberships that are read of one profile.
const maxAffiliations = 50

// affiliations are the organizations of a person. They are united when they are read, so that a merge moves none and its undo gives each its own back.
func (p *People) affiliations(ctx context.Context, person Person) ([]Affiliation, error) {
	var of []store.Range
	for _, id := range person.IDs() {
		of = append(of, store.Range{Index: "profile", Equal: []any{id, string(contact.Standing)}, Limit: maxAffiliations})
	}
	standing, err := p.db.Memberships.ListAll(ctx, of)
	if err != nil || len(standing) == 0 {
		return nil, err
	}
	slices.SortFunc(standing, func(a, b contact.Membership) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	first := map[string]contact.Membership{}
	for _, m := range slices.Backward(standing) {
		first[m.OrganizationID] = m
	}
	organizations, err := p.db.Organizations.FindAll(ctx, slices.Collect(maps.Keys(first))...)
	var all []Affiliation
	for _, m := range standing {
		if first[m.OrganizationID].ID == m.ID {
			all = append(all, Affiliation{OrganizationID: m.OrganizationID, Name: organizations[m.OrganizationID].Name, MembershipID: m.ID, ProfileID: m.ProfileID, How: m.How, Since: m.Since})
		}
	}
	return all, err
}

// Roots are the profiles that speak for some, each by the id of the one that was asked for. One that is gone speaks for itself.
func (p *People) Roots(ctx context.Context, profiles []string) (roots map[string]string, err error) {
	err = p.steady(ctx, func() error {
		roots, err = p.roots(ctx, profiles)
		return err
	})
	return roots, err
}

// RootsOf is Roots of profiles that were just read: while none of them is merged, nothing more is read and the answer is empty, for each speaks for itself.
func (p *People) RootsOf(ctx context.Context, profiles map[string]contact.Profile) (map[string]string, error) {
	for _, one := range profiles {
		if one.MergedInto != "" {
			return p.Roots(ctx, slices.Sorted(maps.Keys(profiles)))
		}
	}
	return nil, nil
}

// rootsAtOnce is how many profiles are read in one step.
const rootsAtOnce = 500

func (p *People) roots(ctx context.Context, profiles []string) (map[string]string, error) {
	above := map[string]string{}
	for level := slices.Clone(profiles); len(level) > 0; {
		var next []string
		for some := range slices.Chunk(level, rootsAtOnce) {
			found, err := p.db.Profiles.FindAll(ctx, some...)
			if err != nil {
				return nil, err
			}
			for _, id := range some {
				above[id] = found[id].MergedInto
				next = append(next, found[id].MergedInto)
			}
		}
		slices.Sort(next)
		level = slices.DeleteFunc(slices.Compact(next), func(id string) bool {
			_, known := above[id]
			return known || id == ""
		})
	}
	roots := map[string]string{}
	for _, id := range profiles {
		root := id
		for steps := 0; above[root] != ""; steps++ {
			if steps > len(above) {
				return nil, errTorn
			}
			root = above[root]
		}
		roots[id] = root
	}
	return roots, nil
}
