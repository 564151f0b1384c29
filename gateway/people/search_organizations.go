package people

import (
	"context"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
)

// maxOrganizations bounds the organizations whose names begin as a text does, of each of two spellings.
const maxOrganizations = 10

// byOrganizations finds the standing members of organizations whose name a text is or begins, the latest first: of one that has very many, some. Names and memberships are read as they are, so that a new name, a new member and one who has left are known at once, and nothing is written for it.
func (t *Trees) byOrganizations(ctx context.Context, text string) ([]hit, bool, error) {
	how, truncated, err := t.organizationsCalled(ctx, normal.Text(text), normal.Words(text))
	if err != nil || len(how) == 0 {
		return nil, truncated, err
	}
	var ranges []store.Range
	for id := range how {
		ranges = append(ranges, store.Range{Index: "organization", Equal: []any{id, string(contact.Standing)}, Descending: true, Limit: maxCandidates})
	}
	standing, err := t.people.db.Memberships.ListAll(ctx, ranges)
	if err != nil {
		return nil, false, err
	}
	count, members := map[string]int{}, map[string]int{}
	for _, m := range standing {
		if count[m.OrganizationID]++; count[m.OrganizationID] == maxCandidates {
			truncated = true
		}
		if known, ok := members[m.ProfileID]; !ok || how[m.OrganizationID] < known {
			members[m.ProfileID] = how[m.OrganizationID]
		}
	}
	hits, err := t.hits(ctx, members)
	return hits, truncated, err
}

// umlauts are how ä, ö and ü are written without them, and the letters that they are ordered as.
var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// organizationsCalled are the organizations whose name a text is or begins, with how surely each is meant. A text of less than leastPrefix letters has to be the whole name.
func (t *Trees) organizationsCalled(ctx context.Context, key string, words []normal.Word) (how map[string]int, truncated bool, err error) {
	if key == "" {
		return nil, false, nil
	}
	how = map[string]int{}
	for _, spelling := range slices.Compact([]string{key, umlauts.Replace(key)}) {
		r := store.Range{Index: "name", Lower: spelling, Upper: spelling + store.Last, Limit: maxOrganizations}
		if len(key) < leastPrefix {
			r = store.Range{Index: "name", Equal: []any{spelling}, Limit: maxOrganizations}
		}
		called, next, err := t.people.db.Organizations.List(ctx, r)
		if err != nil {
			return nil, false, err
		}
		truncated = truncated || next != nil
		for _, o := range called {
			named := strings.HasPrefix(o.NameKey, key) || namesBegin(normal.Words(o.Name), words)
			if !o.DeletedAt.IsZero() || !named {
				continue
			}
			how[o.ID] = byBeginning
			if len(o.NameKey) == len(spelling) {
				how[o.ID] = byWords
			}
		}
	}
	return how, truncated, nil
}

// namesBegin reports whether the words of a name begin with some, the last of which may be unfinished.
func namesBegin(name, words []normal.Word) bool {
	if len(words) == 0 || len(words) > len(name) {
		return false
	}
	for i, w := range words {
		if !equal(w, name[i]) && (i < len(words)-1 || !begins(w, name[i])) {
			return false
		}
	}
	return true
}
