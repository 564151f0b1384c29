package transfer

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Newest is the range of all jobs, the newest first.
func Newest() store.Range { return store.Range{Index: "created", Descending: true} }

// RowsOf is the range of a job's rows in the order of the file, all of them or those of an outcome.
func RowsOf(job string, outcome contact.RowOutcome) store.Range {
	if outcome == "" {
		return store.Range{Index: "row", Equal: []any{job}}
	}
	return store.Range{Index: "outcome", Equal: []any{job, string(outcome)}}
}

// Rejects writes a job's rejected rows as CSV: row, code, reason, and how the row begins.
func (t *Transfer) Rejects(ctx context.Context, job string, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"row", "code", "reason", "original"}); err != nil {
		return err
	}
	err := each(ctx, t.db.JobRows, RowsOf(job, contact.RowRejected), func(r contact.JobRow) error {
		return out.Write([]string{strconv.FormatInt(r.N, 10), r.Code, r.Reason, inert(r.Raw)})
	})
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

// inert is a cell that a spreadsheet takes for text: one that begins like a formula would be run (https://owasp.org/www-community/attacks/CSV_Injection).
func inert(cell string) string {
	if cell != "" && (cell[0] == '=' || cell[0] == '@' || cell[0] == '\t' || cell[0] == '\r' || cell[0] == '-' && !number(cell) || cell[0] == '+' && !number(cell)) {
		return "'" + cell
	}
	return cell
}

// number reports whether a cell is a telephone number or another one, which a spreadsheet may read as such.
func number(cell string) bool {
	for _, r := range cell {
		if (r < '0' || r > '9') && r != '+' && r != '-' && r != ' ' && r != '.' && r != '(' && r != ')' && r != '/' {
			return false
		}
	}
	return true
}

// each calls do for every document of a range.
func each[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, c store.Collection[T, P], r store.Range, do func(T) error) error {
	r.Limit = cmp.Or(r.Limit, perPage)
	for {
		page, next, err := c.List(ctx, r)
		if err != nil {
			return err
		}
		for _, doc := range page {
			if err := do(doc); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

// perPage is how many documents are held at once.
const perPage = 500
