package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/organizations"
	"usher/gateway/store"
	"usher/gateway/telemetry"
	"usher/gateway/transfer/mapping"
	"usher/gateway/transfer/rows"
)

// How rows are worked on: so many at a time, of which so many are entered at once, since a store groups what is written at once.
const (
	batchRows  = 1000
	batchBytes = 4 << 20
	atOnce     = 128
	perField   = 32 // bytes, beside its name and its value
)

// batch is the rows that are worked on now.
type batch struct {
	job     contact.Job
	mapping mapping.Mapping
	rows    []item
	bytes   int
	resumed bool // nothing was done before: rows of this batch may have an outcome already
	seen    foreseen
	made    sync.Map                           // names of rows without a contact point that were entered
	known   map[organizations.Reference]string // organizations that people of this batch belong to; empty: none is known
}

// item is one row on its way.
type item struct {
	row    rows.Row
	person mapping.Person
	entry  contact.Entry
	read   *ingest.Read // the entry; nil: it will be refused
	out    contact.JobRow
	done   bool
	kept   bool // the outcome is of a run before this one
}

func (t *Transfer) newBatch(job contact.Job) (*batch, error) {
	m, err := mappingOf(job)
	return &batch{job: job, mapping: m, resumed: true, seen: foreseen{}}, err
}

// fill reads the next rows; more is false behind the last one.
func (b *batch) fill(reader rows.Reader) (more bool, err error) {
	b.rows, b.bytes, b.known = b.rows[:0], 0, map[organizations.Reference]string{}
	for len(b.rows) < batchRows && b.bytes < batchBytes {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, f := range row.Fields {
			b.bytes += perField + len(f.Name) + len(f.Value)
		}
		b.rows = append(b.rows, item{row: row})
	}
	return true, nil
}

// apply takes the rows of a batch their way, stores what became of them and then how far the job is.
func (t *Transfer) apply(ctx context.Context, job contact.Job, b *batch, read int64) (contact.Job, error) {
	for i := range b.rows {
		t.prepare(b, &b.rows[i])
	}
	if err := t.remember(ctx, b); err != nil {
		return job, err
	}
	if err := t.enterAll(ctx, b); err != nil {
		return job, err
	}
	outcomes := make([]contact.JobRow, 0, len(b.rows))
	for i := range b.rows {
		outcomes = append(outcomes, b.rows[i].out)
		*job.Counts.Of(b.rows[i].out.Outcome)++
	}
	if err := t.db.JobRows.InsertMissing(ctx, outcomes); err != nil {
		return job, fmt.Errorf("storing outcomes: %w", err)
	}
	job.Row, job.Read, job.Tries, job.Error = b.rows[len(b.rows)-1].row.N, read, 0, ""
	b.resumed = false
	for {
		moved, err := t.db.Jobs.Swap(ctx, t.leased(job))
		if !errors.Is(err, store.ErrStale) {
			return moved, err
		}
		if job, err = t.asked(ctx, job); err != nil {
			return job, err
		}
	}
}

// prepare reads what a row says.
func (t *Transfer) prepare(b *batch, i *item) {
	i.out = contact.JobRow{JobID: b.job.ID, N: i.row.N}
	i.out.ID = t.db.Salt.ID(contact.JobRowPrefix, b.job.ID, fmt.Sprint(i.row.N))
	i.row.Fields = readable(i.row.Fields)
	i.person = b.mapping.Read(i.row.Fields)
	if i.person.Nobody == mapping.History { // also beyond the limits of a row, which are for what is imported
		i.out.Outcome, i.out.Code, i.out.Reason, i.done = contact.RowSkipped, i.person.Nobody, "the line is no person and no organization, but their history, which is not imported", true
		return
	}
	if i.row.Code != "" {
		i.reject(string(i.row.Code), i.row.Reason)
		return
	}
	if why, is := nobodies[i.person.Nobody]; is {
		i.reject(i.person.Nobody, why)
		return
	}
	if i.person.Organization {
		return
	}
	i.entry = t.entryOf(b.job, i)
	if b.job.Guess != "" && rows.Odd(b.job.Encoding, i.row.Fields) {
		i.say("odd_letters", "letters stand together that names hardly have: the file may be in another encoding than was found; import it again and say which")
	}
}

// readable are the fields of a row without control characters, and without those in which there is nothing to see.
func readable(fields []contact.Pair) []contact.Pair {
	kept := fields[:0]
	for _, f := range fields {
		if f.Value = contact.Clean(f.Value); f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// nobodies are the rows that are no person to import.
var nobodies = map[string]string{
	"group":   "the card is a group and no person",
	"agent":   "the user is an agent of the helpdesk and no customer",
	"deleted": "the user or organization was deleted there",
}

func (i *item) reject(code, reason string) {
	i.out.Outcome, i.out.Code, i.out.Reason, i.out.Raw, i.done = contact.RowRejected, code, reason, i.row.Raw, true
}

// remember takes over the outcomes that rows have from a run that was stopped between them and the job's place.
func (t *Transfer) remember(ctx context.Context, b *batch) error {
	if !b.resumed || b.job.DryRun {
		return nil
	}
	ids := make([]string, len(b.rows))
	for i := range b.rows {
		ids[i] = b.rows[i].out.ID
	}
	there, err := t.db.JobRows.FindAll(ctx, ids...)
	if err != nil {
		return fmt.Errorf("reading outcomes: %w", err)
	}
	for i := range b.rows {
		if out, ok := there[b.rows[i].out.ID]; ok {
			b.rows[i].out, b.rows[i].done, b.rows[i].kept = out, true, true
		}
	}
	return nil
}

// enterAll enters the rows, organizations first, so that people of the same batch belong to them.
func (t *Transfer) enterAll(ctx context.Context, b *batch) error {
	if err := t.enterOrganizations(ctx, b); err != nil {
		return err
	}
	if err := t.enterPeople(ctx, b); err != nil {
		return err
	}
	return t.joinAll(ctx, b)
}

// enterPeople enters people. Those that share a contact point go one after the other in the order of the file, so that what a later one says stands; all others at once.
func (t *Transfer) enterPeople(ctx context.Context, b *batch) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, chain := range t.chains(b) {
		group.Go(func() error {
			for _, i := range chain {
				if err := t.guarded(ctx, b, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// chains are the rows that are still to be entered, by what they share.
func (t *Transfer) chains(b *batch) [][]*item {
	var all [][]*item
	if b.job.DryRun { // each is foreseen with what the ones before it would have done
		var chain []*item
		for n := range b.rows {
			if !b.rows[n].done {
				chain = append(chain, &b.rows[n])
			}
		}
		return append(all, chain)
	}
	of := map[string]int{} // contact point to its chain
	for n := range b.rows {
		i := &b.rows[n]
		if i.done {
			continue
		}
		read, err := t.ingest.Read(i.entry)
		if err != nil { // it will be refused
			all = append(all, []*item{i})
			continue
		}
		i.read = &read
		points := read.Points()
		chain := -1
		for _, p := range points {
			at, known := of[p]
			switch {
			case !known || at == chain:
			case chain < 0:
				chain = at
			default: // two chains are one
				all[chain] = append(all[chain], all[at]...)
				all[at] = nil
				for point, in := range of {
					if in == at {
						of[point] = chain
					}
				}
			}
		}
		if chain < 0 {
			chain = len(all)
			all = append(all, nil)
		}
		all[chain] = append(all[chain], i)
		for _, p := range points {
			of[p] = chain
		}
	}
	for _, chain := range all {
		slices.SortFunc(chain, func(x, y *item) int { return cmp.Compare(x.row.N, y.row.N) })
	}
	return all
}

// guarded enters a row; one that makes us panic is refused, so that it does not end the gateway again and again.
func (t *Transfer) guarded(ctx context.Context, b *batch, i *item) (err error) {
	defer func() {
		if p := recover(); p != nil { // its value may hold what stands in the row
			t.log.Error("import panicked", "job_id", b.job.ID, "row", i.row.N, "stack", telemetry.Stack())
			i.reject("internal", "something broke on our side; the log has it under the job and the row")
		}
	}()
	return t.enter(ctx, b, i)
}

// enter enters one row, and says what became of it.
func (t *Transfer) enter(ctx context.Context, b *batch, i *item) error {
	if i.person.Organization {
		return t.enterOrganization(ctx, b, i)
	}
	again, err := t.madeBefore(ctx, b, i)
	if err != nil {
		return err
	}
	out, err := t.enterOrForesee(ctx, b, i)
	var refused *contact.Error
	switch {
	case errors.As(err, &refused) && refused.Code == contact.CodeErased:
		i.reject(refused.Code, refused.Message)
		i.out.Raw = "" // nothing of it is kept
		return nil
	case errors.As(err, &refused) && refused.Kind == contact.Invalid:
		i.reject(refused.Code, refused.Message)
		return nil
	case err != nil:
		return fmt.Errorf("entering row %d: %w", i.row.N, err)
	case out.Outcome == ingest.Ambiguous:
		i.reject("ambiguous", "several people have these contact points, and the name tells none of them from the others")
		i.out.Candidates = out.Candidates
		return nil
	}
	i.out.Outcome, i.out.ProfileID, i.out.Duplicates = contact.RowOutcome(out.Outcome), out.ProfileID, out.Duplicates
	if again {
		i.out.Outcome = contact.RowMatched
	}
	if len(out.Duplicates) > 0 || out.Contradicts || out.Apart {
		i.out.Did, i.out.Outcome = i.out.Outcome, contact.RowFlagged
	}
	if out.Contradicts {
		i.say("shared_contact_point", "a contact point is also of somebody with another name")
	}
	if out.Apart {
		i.say("told_apart", "a contact point is also of somebody who was told apart from this person")
	}
	return nil
}

// enterOrForesee enters a row, or says what entering it would do.
func (t *Transfer) enterOrForesee(ctx context.Context, b *batch, i *item) (ingest.Entered, error) {
	switch {
	case b.job.DryRun:
		return t.foresee(ctx, b, i)
	case i.read != nil:
		return t.ingest.EnterRead(ctx, *i.read)
	}
	return t.ingest.Enter(ctx, i.entry)
}

// madeBefore tells a row without a contact point that an earlier row made a profile of which said the same: its name is what it says, so that it is found again.
func (t *Transfer) madeBefore(ctx context.Context, b *batch, i *item) (bool, error) {
	if len(i.entry.Identifiers) > 0 {
		return false, nil
	}
	id := t.db.Salt.ID(contact.ProfilePrefix, i.entry.By)
	found, err := t.db.Profiles.FindAll(ctx, id)
	if err != nil {
		return false, err
	}
	p, exists := found[id]
	_, another := b.made.LoadOrStore(i.entry.By, true)
	interrupted := b.resumed && !another && p.CreatedAt.Equal(i.entry.At) // this very row made it, and had no outcome yet
	return exists && !interrupted, nil
}
