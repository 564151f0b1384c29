package privacy

import (
	"context"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// eraseRows goes through the rejected rows of imports: of those that name the person it is deleted how they begin. Of all other rows only ids were kept.
func (p *Privacy) eraseRows(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "created", Limit: 1}
	if e.Place.ID != "" { // the last job that is done
		r.After = []any{e.Place.At, e.Place.ID}
	}
	jobs, _, err := p.db.Jobs.List(ctx, r)
	if err != nil || len(jobs) == 0 {
		return err == nil, err
	}
	names, err := p.names(ctx, *e)
	if err != nil {
		return false, err
	}
	page, next, err := p.db.JobRows.List(ctx, store.Range{Index: "outcome", Equal: []any{jobs[0].ID, string(contact.RowRejected)}, Lower: e.Place.N + 1, Limit: store.MaxLimit})
	if err != nil {
		return false, err
	}
	for _, row := range page {
		if err := p.clearRow(ctx, *e, row, names); err != nil {
			return false, err
		}
		e.Place.N = row.N
	}
	if next == nil {
		e.Place = store.Place{At: jobs[0].CreatedAt, ID: jobs[0].ID}
	}
	return false, nil
}

// names are what the person is called, each in its words.
func (p *Privacy) names(ctx context.Context, e store.Erasure) (names [][]string, err error) {
	found, err := p.db.Profiles.FindAll(ctx, e.Profiles...)
	for _, profile := range found {
		names = append(names, strings.Fields(strings.ToLower(profile.Name)))
		for _, n := range profile.Names {
			names = append(names, strings.Fields(strings.ToLower(n.Value)))
		}
	}
	return slices.DeleteFunc(names, func(words []string) bool { return len(words) < 2 }), err
}

func (p *Privacy) clearRow(ctx context.Context, e store.Erasure, row contact.JobRow, names [][]string) error {
	if row.Raw == "" {
		return nil
	}
	text := strings.ToLower(row.Raw)
	named := slices.ContainsFunc(names, func(words []string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
	candidate := slices.ContainsFunc(row.Candidates, func(id string) bool { return slices.Contains(e.Profiles, id) })
	words := ingest.Trace{Words: e.Words}
	if !named && !candidate && !words.Names([]byte(row.Raw)) {
		return nil
	}
	row.Raw = ""
	_, err := p.db.JobRows.Swap(ctx, row)
	return ignoreStale(err)
}
