package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// SearchTerm says that a profile can be found by a term; it is its id alone. There are two of each: the term, a slash and the profile, which is searched, and a tilde, the profile, a slash and the term, by which a profile's terms are found again.
// A term is made of lower-case letters, digits and spaces.
type SearchTerm struct {
	contact.Document `bson:",inline"`
}

// Limits of a profile's terms: how many, of how many words a term is, and how long it is in bytes.
const (
	MaxTerms     = 128
	maxTermWords = 8
	maxTerm      = 80
)

// Searchable are the texts that a profile is found by, the most telling first. Contact points and ids are not among them: identities have an index of their own.
func Searchable(p contact.Profile) []string {
	var texts []string
	for _, n := range p.Names {
		texts = append(texts, n.Value)
	}
	texts = append(texts, p.Name)
	for _, e := range p.Evidence {
		if e.Kind == "organization" || e.Kind == "company" {
			texts = append(texts, e.Left)
		}
	}
	texts = append(texts, p.Tags...)
	for _, f := range p.Fields {
		texts = append(texts, f.Value)
	}
	for _, n := range p.Notes {
		texts = append(texts, n.Text)
	}
	return texts
}

// Terms are what a profile is found by: each text from each of its words on and round, so that any word and any two that stand together are the beginning of a term.
func Terms(p contact.Profile) []string {
	var terms []string
	for _, text := range Searchable(p) {
		for words := range slices.Chunk(normal.Words(text), maxTermWords) {
			plain, long := make([]string, len(words)), make([]string, len(words))
			for i, w := range words {
				plain[i], long[i] = w.Plain, w.Long
			}
			terms = append(append(terms, rounds(plain)...), rounds(long)...)
		}
	}
	var distinct []string
	for _, t := range terms {
		if len(distinct) < MaxTerms && !slices.Contains(distinct, t) {
			distinct = append(distinct, t)
		}
	}
	return distinct
}

// rounds are words from each of them on and round.
func rounds(words []string) []string {
	var all []string
	for i := range words {
		term := strings.Join(slices.Concat(words[i:], words[:i]), " ")
		all = append(all, strings.TrimSpace(term[:min(len(term), maxTerm)]))
	}
	return all
}

// ProfileOf is the profile that a row which was searched names.
func (t SearchTerm) ProfileOf() string { return t.ID[strings.LastIndexByte(t.ID, '/')+1:] }

// TermRows are the rows of profiles, in the order of their ids.
func TermRows(profiles ...contact.Profile) []SearchTerm {
	var rows []SearchTerm
	for _, p := range profiles {
		for _, t := range Terms(p) {
			rows = append(rows, termRow(t, p.ID), backRow(t, p.ID))
		}
	}
	slices.SortFunc(rows, func(a, b SearchTerm) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

func termRow(term, profile string) SearchTerm {
	return SearchTerm{contact.Document{ID: term + "/" + profile}}
}

// backRow begins with a tilde, which comes after whatever terms begin with.
func backRow(term, profile string) SearchTerm {
	return SearchTerm{contact.Document{ID: "~" + profile + "/" + term}}
}

// putTerms makes profiles findable as they are about to be written, so that whoever wrote one finds it. Terms that a profile loses stay: they are filtered when read. To remove them there would race with whoever puts them anew before the profile has them.
func (db *DB) putTerms(ctx context.Context, profiles []contact.Profile) error {
	return db.SearchTerms.InsertMissing(ctx, TermRows(profiles...))
}

// searchedAlike reports whether two profiles are found by the same.
func searchedAlike(a, b contact.Profile) bool {
	return slices.Equal(Searchable(a), Searchable(b))
}

// ForgetTerms removes all that a profile can be found by. An erased profile has been written without its texts before; run it again if it failed.
func (db *DB) ForgetTerms(ctx context.Context, profile string) error {
	back := "~" + profile + "/"
	for {
		rows, _, err := db.SearchTerms.List(ctx, Range{Index: "id", Lower: back, Upper: back + Last, Limit: MaxLimit})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			for _, gone := range []SearchTerm{termRow(strings.TrimPrefix(row.ID, back), profile), row} {
				gone.Version = 1
				if err := db.SearchTerms.Delete(ctx, gone); err != nil && !errors.Is(err, ErrStale) {
					return err
				}
			}
		}
	}
}

// Last comes after every other character: texts that begin with a prefix are those from the prefix to the prefix and it.
const Last = "\U0010FFFF"

// fillAtOnce is how many profiles get their terms in one step: the more, the fewer pages are written twice.
const fillAtOnce = 20 * MaxLimit

// fillTerms makes the profiles of a database findable that an earlier layout had no terms for. What is there stays, so it may be stopped and begun again.
func (db *DB) fillTerms(ctx context.Context) error {
	var profiles []contact.Profile
	for r := (Range{Index: "created", Limit: MaxLimit}); ; {
		page, next, err := db.Profiles.List(ctx, r)
		if err != nil {
			return err
		}
		profiles = append(profiles, page...)
		if len(profiles) >= fillAtOnce || next == nil {
			if err := db.putTerms(ctx, profiles); err != nil || next == nil {
				return err
			}
			profiles = profiles[:0]
		}
		r.After = next
	}
}
