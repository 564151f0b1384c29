package people

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"usher/gateway/store"
	"usher/matching/normal"
)

// span is a range of search terms, and the profiles that it was found to hold.
type span struct {
	lower, upper string
	profiles     []string // one for each term that was read
}

// unfinished is the span of the terms that begin with a text.
func unfinished(text string) span { return span{lower: text, upper: text + store.Last} }

// finished is the span of the terms that begin with a text and end or go on with another word there: a blank and a slash are what can follow, and a digit is what comes after them.
func finished(text string) span { return span{lower: text + " ", upper: text + "0"} }

func (s span) read() store.Range {
	return store.Range{Index: "id", Lower: s.lower, Upper: s.upper, Limit: maxTermRows}
}

// whole reports whether all of a span was read.
func (s span) whole() bool { return len(s.profiles) < maxTermRows }

// sought are the spans that tell who has some words: for each word one, and the words as they stand together in a name, either way round for two.
type sought struct {
	each     []span
	together []span
}

func soughtIn(words []string) sought {
	last := len(words) - 1
	w := sought{}
	for i, word := range words {
		if i < last {
			w.each = append(w.each, finished(word))
		}
	}
	w.each = append(w.each, unfinished(words[last]))
	if last > 0 {
		w.together = append(w.together, unfinished(strings.Join(words, " ")))
		turned := append(slices.Clone(words[1:]), words[0])
		w.together = append(w.together, finished(strings.Join(turned, " ")))
	}
	return w
}

// forms are words as they may be written: with ä as a and, if that is another, as ae.
func forms(words []normal.Word) [][]string {
	plain, long := make([]string, len(words)), make([]string, len(words))
	for i, w := range words {
		plain[i], long[i] = w.Plain, w.Long
	}
	if slices.Equal(plain, long) {
		return [][]string{plain}
	}
	return [][]string{plain, long}
}

// candidates are the profiles that may have some words, at most maxCandidates: those in whose names they stand together, then those who have the rarest of them. Truncated says that there may be others.
func (t *Trees) candidates(ctx context.Context, words []normal.Word) (ids []string, truncated bool, err error) {
	var all []sought
	var ranges []store.Range
	for _, form := range forms(words) {
		w := soughtIn(form)
		all = append(all, w)
		for _, s := range slices.Concat(w.each, w.together) {
			ranges = append(ranges, s.read())
		}
	}
	rows, err := t.people.db.SearchTerms.ListAll(ctx, ranges)
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(rows, func(a, b store.SearchTerm) int { return cmp.Compare(a.ID, b.ID) })
	rows = slices.CompactFunc(rows, func(a, b store.SearchTerm) bool { return a.ID == b.ID }) // spans overlap
	for _, w := range all {
		for _, spans := range [][]span{w.each, w.together} {
			for i := range spans {
				spans[i].take(rows)
			}
		}
	}
	ids, truncated = choose(all)
	return ids, truncated, nil
}

// take keeps those of all rows that lie in the span.
func (s *span) take(rows []store.SearchTerm) {
	for _, row := range rows {
		if row.ID >= s.lower && row.ID < s.upper {
			s.profiles = append(s.profiles, row.ProfileOf())
		}
	}
}

// choose takes who has the words together, then who has the rarest word that was read whole, those first who have others too. If none was, only who has several is worth it, and others may be missing.
func choose(all []sought) (ids []string, truncated bool) {
	count := map[string]int{}
	for n := range all[0].each {
		for _, id := range holdersOf(all, n) {
			count[id]++
		}
	}
	for _, w := range all {
		for _, s := range w.together {
			ids = append(ids, s.profiles...)
		}
	}
	rarest := -1
	for n := range all[0].each {
		if wholeIn(all, n) && (rarest < 0 || len(holdersOf(all, n)) < len(holdersOf(all, rarest))) {
			rarest = n
		}
	}
	others := holdersOf(all, max(rarest, 0))
	slices.SortStableFunc(others, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	if rarest < 0 && len(all[0].each) > 1 {
		others = slices.DeleteFunc(others, func(id string) bool { return count[id] < len(all[0].each) })
	}
	ids = distinct(append(ids, others...))
	return ids[:min(len(ids), maxCandidates)], rarest < 0 || len(ids) > maxCandidates
}

// holdersOf are the profiles that have the nth word in some form, each once.
func holdersOf(all []sought, n int) []string {
	var ids []string
	for _, w := range all {
		ids = append(ids, w.each[n].profiles...)
	}
	return distinct(ids)
}

func wholeIn(all []sought, n int) bool {
	return !slices.ContainsFunc(all, func(w sought) bool { return !w.each[n].whole() })
}

// distinct are texts in their order, each once.
func distinct(texts []string) []string {
	seen := map[string]bool{}
	var once []string
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			once = append(once, t)
		}
	}
	return once
}
