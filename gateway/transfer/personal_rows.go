package transfer

import (
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// maybeOthers is why it is not given how a row of a file begins.
const maybeOthers = "raw: it may be of somebody else, who has the name or the contact point too"

// rows writes what became of the rows of imports that made, changed or name the person.
func (p *personal) rows(ctx context.Context) error {
	return each(ctx, p.db.Jobs, store.Range{Index: "created"}, func(job contact.Job) error {
		return searched(ctx, p, p.db.JobRows, store.Range{Index: "row", Equal: []any{job.ID}}, p.row)
	})
}

// row writes one row, with how it begins if that is the person's alone.
func (p *personal) row(row contact.JobRow) error {
	if !p.member(row.ProfileID) && !slices.ContainsFunc(row.Candidates, p.member) && !p.trace.InRow(row.Raw) {
		return nil
	}
	if row.Raw == "" || p.trace.OwnRow(row.Raw) {
		return p.document("job_row", row)
	}
	row.Raw = ""
	return p.write(line{Usher: Layout, Type: "job_row", Document: row, LeftOut: maybeOthers})
}

// member reports whether a profile is the person's.
func (p *personal) member(profile string) bool { return slices.Contains(p.members, profile) }
