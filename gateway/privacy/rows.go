package privacy

import (
	"context"
	"slices"

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
	if running(jobs[0]) && jobs[0].CreatedAt.Before(e.FencedAt) { // it may still reject a row of the person
		e.Left = true
	}
	page, next, err := p.db.JobRows.List(ctx, store.Range{Index: "outcome", Equal: []any{jobs[0].ID, string(contact.RowRejected)}, Lower: e.Place.N + 1, Limit: store.MaxLimit})
	if err != nil {
		return false, err
	}
	t := ingest.Trace{Words: e.Words, Called: e.Names}
	for _, row := range page {
		if err := p.clearRow(ctx, *e, row, t); err != nil {
			return false, err
		}
		e.Place.N = row.N
	}
	if next == nil {
		e.Place = store.Place{At: jobs[0].CreatedAt, ID: jobs[0].ID}
	}
	return false, nil
}

// running reports whether somebody reads the file of a job.
func running(job contact.Job) bool {
	return job.State == contact.Queued || job.State == contact.Running
}

func (p *Privacy) clearRow(ctx context.Context, e store.Erasure, row contact.JobRow, t ingest.Trace) error {
	if row.Raw == "" {
		return nil
	}
	candidate := slices.ContainsFunc(row.Candidates, func(id string) bool { return slices.Contains(e.Profiles, id) })
	if !candidate && !t.InRow(row.Raw) {
		return nil
	}
	row.Raw = ""
	_, err := p.db.JobRows.Swap(ctx, row)
	return ignoreStale(err)
}
