package people

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// MissingOf is what is not known of the people that profiles belong to, by profile. How often it reads depends on how deep their trees are, and not on how many they are. One that is gone has nothing.
func (p *People) MissingOf(ctx context.Context, profiles []string) (missing map[string][]string, err error) {
	profiles = slices.DeleteFunc(slices.Clone(profiles), func(id string) bool { return id == "" })
	slices.Sort(profiles)
	profiles = slices.Compact(profiles)
	if len(profiles) == 0 {
		return nil, nil
	}
	err = p.steady(ctx, func() error {
		missing, err = p.missingOf(ctx, profiles)
		return err
	})
	return missing, err
}

func (p *People) missingOf(ctx context.Context, profiles []string) (map[string][]string, error) {
	root, err := p.roots(ctx, profiles)
	if err != nil {
		return nil, err
	}
	of, err := p.membersOf(ctx, root)
	if err != nil {
		return nil, err
	}
	var ranges []store.Range
	for member := range of {
		ranges = append(ranges, store.Range{Index: "profile", Equal: []any{member}, Limit: maxIdentities})
	}
	held, err := p.db.Identities.ListAll(ctx, ranges)
	if err != nil {
		return nil, err
	}
	known := map[string][]contact.Identity{}
	for _, i := range held {
		if !i.Removed {
			known[of[i.ProfileID]] = append(known[of[i.ProfileID]], i)
		}
	}
	missing := map[string][]string{}
	for _, id := range profiles {
		missing[id] = Missing(known[root[id]])
	}
	return missing, nil
}

// membersOf are all profiles of some people, each with the one that speaks for it: all that were merged into one, level by level. Of one profile at most store.MaxLimit are followed.
func (p *People) membersOf(ctx context.Context, roots map[string]string) (map[string]string, error) {
	of := map[string]string{}
	var level []string
	for _, root := range roots {
		if of[root] == "" {
			of[root] = root
			level = append(level, root)
		}
	}
	for len(level) > 0 {
		ranges := make([]store.Range, len(level))
		for i, id := range level {
			ranges[i] = store.Range{Index: "merged_into", Equal: []any{id}, Limit: store.MaxLimit}
		}
		children, err := p.db.Profiles.ListAll(ctx, ranges)
		if err != nil {
			return nil, err
		}
		level = level[:0]
		for _, c := range children {
			if of[c.ID] != "" {
				return nil, errTorn
			}
			of[c.ID] = of[c.MergedInto]
			level = append(level, c.ID)
		}
	}
	return of, nil
}
