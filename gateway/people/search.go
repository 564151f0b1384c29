package people

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Asked is what people are searched by.
type Asked struct {
	Text   string
	Region string // reads national numbers
	Limit  int    // of the people that are found
}

// Found are the people that a search found, the surest first.
type Found struct {
	Cards     []Card
	Truncated bool // there may be others
}

// Bounds of one search.
const (
	maxTermRows   = 200 // of one word, and of what begins as it does
	maxCandidates = 100 // profiles that are looked at
	maxAskedWords = 6   // that are looked for; all are compared
	maxPrefixed   = 50  // identities that begin as the text does
	leastPrefix   = 3   // characters of a text that identities may begin with
)

// How surely somebody was found: by a whole contact point or the id of a profile, by all words, by the beginning of the last word, by the beginning of a contact point.
const (
	byIdentity = iota
	byWords
	byBeginning
	byPoint
)

// hit is a profile that was found.
type hit struct {
	profile contact.Profile
	how     int
}

// Search finds people by a contact point or an id in any spelling, by its beginning, by the id of one of their profiles, by words of their names and of what else is said of them, the last of which may be unfinished, and by the name of an organization that they are members of, or its beginning. Each person is found once, whichever of its profiles has it.
func (p *People) Search(ctx context.Context, asked Asked) (found Found, err error) {
	err = p.Trees(ctx, func(t *Trees) error {
		found, err = t.search(ctx, asked)
		return err
	})
	return found, err
}

func (t *Trees) search(ctx context.Context, asked Asked) (Found, error) {
	points, truncated, err := t.byPoints(ctx, asked)
	if err != nil {
		return Found{}, err
	}
	words, more, err := t.byWords(ctx, normal.Words(asked.Text))
	if err != nil {
		return Found{}, err
	}
	members, further, err := t.byOrganizations(ctx, asked.Text)
	if err != nil {
		return Found{}, err
	}
	roots, err := t.rooted(ctx, slices.Concat(points, words, members))
	if err != nil {
		return Found{}, err
	}
	found := Found{Truncated: truncated || more || further || len(roots) > asked.Limit}
	for _, id := range roots[:min(len(roots), asked.Limit)] {
		card, err := t.Card(ctx, id)
		if contact.KindOf(err) == contact.NotFound { // it is being erased
			continue
		}
		if err != nil {
			return Found{}, err
		}
		found.Cards = append(found.Cards, card)
	}
	return found, nil
}

// rooted are the roots of the people that hits belong to, the surest first and of these those who changed last.
func (t *Trees) rooted(ctx context.Context, hits []hit) ([]string, error) {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.how, b.how), b.profile.UpdatedAt.Compare(a.profile.UpdatedAt), cmp.Compare(a.profile.ID, b.profile.ID))
	})
	var roots []string
	seen := map[string]bool{}
	for _, h := range hits {
		root := h.profile.ID
		if h.profile.MergedInto != "" {
			person, err := t.Person(ctx, root)
			if contact.KindOf(err) == contact.NotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
			root = person.Root().ID
		}
		if !seen[root] {
			seen[root] = true
			roots = append(roots, root)
		}
	}
	return roots, nil
}

// byPoints finds the holders of contact points that a text may stand for, and of those that begin with it, and the profile whose id it is. An id is unique only within its network, and there within its scope: all that have it are meant.
func (t *Trees) byPoints(ctx context.Context, asked Asked) (hits []hit, truncated bool, err error) {
	text := strings.TrimPrefix(strings.TrimSpace(asked.Text), "sip:")
	how := map[string]int{}
	if strings.HasPrefix(text, contact.ProfilePrefix) {
		how[text] = byIdentity
	}
	note := func(identities []contact.Identity, as int) {
		for _, i := range identities {
			if known, ok := how[i.ProfileID]; i.Held() && (!ok || as < known) {
				how[i.ProfileID] = as
			}
		}
	}
	for _, read := range []struct {
		scheme contact.Scheme
		normal func() (string, bool)
	}{
		{contact.Tel, func() (string, bool) { return normal.Phone(text, asked.Region) }},
		{contact.Tel, func() (string, bool) { return normal.Phone("+"+text, "") }}, // somebody left the plus out
		{contact.Mailto, func() (string, bool) { return normal.Email(text) }},
	} {
		if value, ok := read.normal(); ok {
			held, err := t.people.Holders(ctx, read.scheme, value)
			if err != nil {
				return nil, false, err
			}
			note(held, byIdentity)
		}
	}
	exact, _, err := t.people.db.Identities.List(ctx, store.Range{Index: "value", Equal: []any{text}, Limit: maxIdentities})
	if err != nil {
		return nil, false, err
	}
	note(exact, byIdentity)
	for _, beginning := range beginningsOf(text, asked.Region) {
		begun, _, err := t.people.db.Identities.List(ctx, store.Range{Index: "value", Lower: beginning, Upper: beginning + store.Last, Limit: maxPrefixed})
		if err != nil {
			return nil, false, err
		}
		note(begun, byPoint)
		truncated = truncated || len(begun) == maxPrefixed
	}
	hits, err = t.hits(ctx, how)
	return hits, truncated, err
}

// beginningsOf are a text as contact points may begin: a number in international form, an address in lower case, an id as it is written; none where it is too short, or has several words and is no number.
func beginningsOf(text, region string) []string {
	if len([]rune(text)) < leastPrefix {
		return nil
	}
	begun := normal.PhoneBegun(text, region)
	switch {
	case strings.HasPrefix(text, "+") || strings.ContainsAny(text, " \t"):
		return begun
	case strings.Contains(text, "@"):
		return []string{strings.ToLower(text)}
	}
	return distinct(append(begun, text, strings.ToLower(text)))
}

// hits reads profiles that were found.
func (t *Trees) hits(ctx context.Context, how map[string]int) ([]hit, error) {
	ids := make([]string, 0, len(how))
	for id := range how {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	profiles, err := t.people.db.Profiles.FindAll(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, id := range ids {
		if p, ok := profiles[id]; ok {
			hits = append(hits, hit{p, how[id]})
		}
	}
	return hits, nil
}

// byWords finds profiles whose person has all words, the last of them perhaps unfinished.
func (t *Trees) byWords(ctx context.Context, words []normal.Word) ([]hit, bool, error) {
	if len(words) == 0 {
		return nil, false, nil
	}
	candidates, truncated, err := t.candidates(ctx, words[:min(len(words), maxAskedWords)])
	if err != nil {
		return nil, false, err
	}
	profiles, err := t.people.db.Profiles.FindAll(ctx, candidates...)
	if err != nil {
		return nil, false, err
	}
	var hits []hit
	var others []contact.Profile
	for _, id := range candidates {
		p, ok := profiles[id]
		if !ok {
			continue // it was erased, or not written after all
		}
		if how, ok := fits(words, p); ok {
			hits = append(hits, hit{p, how})
		} else if len(words) > 1 {
			others = append(others, p)
		}
	}
	united, err := t.united(ctx, words, others)
	return append(hits, united...), truncated, err
}

// united are those of some profiles whose person has all words, although they have not themselves.
func (t *Trees) united(ctx context.Context, words []normal.Word, profiles []contact.Profile) ([]hit, error) {
	ranges := make([]store.Range, len(profiles))
	for i, p := range profiles {
		ranges[i] = store.Range{Index: "merged_into", Equal: []any{p.ID}, Limit: 1}
	}
	children, err := t.people.db.Profiles.ListAll(ctx, ranges)
	if err != nil {
		return nil, err
	}
	parents := map[string]bool{}
	for _, c := range children {
		parents[c.MergedInto] = true
	}
	var hits []hit
	for _, p := range profiles {
		if p.MergedInto == "" && !parents[p.ID] {
			continue
		}
		person, err := t.Person(ctx, p.ID)
		if contact.KindOf(err) == contact.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if how, ok := fits(words, person.Profiles...); ok {
			hits = append(hits, hit{p, how})
		}
	}
	return hits, nil
}

// fits reports whether the profiles of a person have all words together, and whether the last one whole.
func fits(words []normal.Word, profiles ...contact.Profile) (how int, ok bool) {
	var known []normal.Word
	for _, p := range profiles {
		for _, text := range store.Searchable(p) {
			known = append(known, normal.Words(text)...)
		}
	}
	how = byWords
	for i, w := range words {
		switch {
		case slices.ContainsFunc(known, func(k normal.Word) bool { return equal(w, k) }):
		case i == len(words)-1 && slices.ContainsFunc(known, func(k normal.Word) bool { return begins(w, k) }):
			how = byBeginning
		default:
			return 0, false
		}
	}
	return how, true
}

func equal(a, b normal.Word) bool {
	return a.Plain == b.Plain || a.Long == b.Plain || a.Plain == b.Long || a.Long == b.Long
}

// begins reports whether a word begins as another, unfinished one.
func begins(unfinished, word normal.Word) bool {
	for _, form := range []string{word.Plain, word.Long} {
		if strings.HasPrefix(form, unfinished.Plain) || strings.HasPrefix(form, unfinished.Long) {
			return true
		}
	}
	return false
}
