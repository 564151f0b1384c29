package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/transfer/mapping"
	"usher/gateway/transfer/rows"
)

// errLost says that the job is somebody else's now, or was cancelled.
var errLost = errors.New("the job was taken over or cancelled")

// broken is an error that no further try mends: the file's or the job's.
type broken struct{ code, message string }

func (b broken) Error() string { return b.message }

// run works on a leased job until it is finished, ctx ends or something fails. What ends it early is left for the next who claims it.
func (t *Transfer) run(ctx context.Context, job contact.Job, watch Watch) (contact.Job, error) {
	if watch == nil {
		watch = func(contact.Job) {}
	}
	job, err := t.read(ctx, job, watch)
	last := context.WithoutCancel(ctx) // what is begun is put down properly
	var final broken
	switch {
	case errors.Is(err, errLost):
		now, finding := t.Find(last, job.ID)
		return now, finding
	case errors.As(err, &final):
		job.Code, job.Error = final.code, final.message
		return t.finish(last, job, contact.JobFailed)
	case err == nil && job.Cancelling:
		return t.finish(last, job, contact.Cancelled)
	case err == nil && ctx.Err() == nil:
		return t.finish(last, job, contact.JobDone)
	}
	return t.giveBack(last, job, err)
}

// giveBack queues a job that stopped: at once if it was told to, later if something failed.
func (t *Transfer) giveBack(ctx context.Context, job contact.Job, why error) (contact.Job, error) {
	job.State, job.Lease, job.Due = contact.Queued, nil, store.Now()
	if why != nil && !errors.Is(why, context.Canceled) {
		job.Tries++
		job.Error = "the store did not answer; it is tried again"
		job.Due = store.Now().Add(min(longest, patience<<min(job.Tries, 10)))
	}
	back, err := t.db.Jobs.Swap(ctx, job)
	if errors.Is(err, store.ErrStale) {
		back, err = t.Find(ctx, job.ID)
	}
	if errors.Is(why, context.Canceled) {
		why = nil
	}
	return back, errors.Join(why, err)
}

// finish ends a job and counts its rows as they are stored: several gateways may have worked on one batch.
func (t *Transfer) finish(ctx context.Context, job contact.Job, state contact.JobState) (contact.Job, error) {
	for _, o := range contact.RowOutcomes {
		n, err := t.db.JobRows.Count(ctx, "outcome", job.ID, string(o))
		if err != nil {
			return t.giveBack(ctx, job, err)
		}
		*job.Counts.Of(o) = n
	}
	job, err := t.db.Jobs.Swap(ctx, ended(job, state))
	if errors.Is(err, store.ErrStale) {
		return t.Find(ctx, job.ID)
	}
	if err != nil {
		return job, err
	}
	return job, t.dropFile(ctx, job.ID)
}

// read goes through the file from the row after the last that has an outcome.
func (t *Transfer) read(ctx context.Context, job contact.Job, watch Watch) (contact.Job, error) {
	file, err := t.open(ctx, job)
	if err != nil {
		return job, err
	}
	if job, err = t.settle(ctx, job, file); err != nil {
		return job, err
	}
	file.rewind()
	reader, err := rows.Open(file, layoutOf(job))
	if errors.Is(err, rows.ErrEmpty) {
		return job, broken{"empty_file", "there is nothing in the file that can be read"}
	}
	if err != nil {
		return job, err
	}
	b, err := t.newBatch(job)
	if err != nil {
		return job, err
	}
	if job.DryRun { // what it knows of the rows before is in memory
		job.Row, job.Counts = 0, contact.JobCounts{}
	}
	job, err = t.skip(ctx, job, reader)
	for err == nil && ctx.Err() == nil {
		if job, err = t.asked(ctx, job); err != nil || job.Cancelling && !b.resumed { // the rows that an earlier run began are finished
			break
		}
		var more bool
		if more, err = b.fill(reader); err != nil {
			break
		}
		if len(b.rows) > 0 {
			if job, err = t.apply(context.WithoutCancel(ctx), job, b, file.read); err != nil { // a batch is short, and finished
				break
			}
			watch(job)
		}
		if !more {
			break
		}
	}
	return job, err
}

// asked reads whether the job is to end; errLost if it is somebody else's by now.
func (t *Transfer) asked(ctx context.Context, job contact.Job) (contact.Job, error) {
	now, err := t.Find(ctx, job.ID)
	if err != nil {
		return job, err
	}
	if now.Lease == nil || now.Lease.Owner != t.options.Owner {
		return job, errLost
	}
	job.Version, job.Cancelling = now.Version, now.Cancelling
	return job, nil
}

// skip reads over the rows that have an outcome.
func (t *Transfer) skip(ctx context.Context, job contact.Job, reader rows.Reader) (contact.Job, error) {
	for range job.Row {
		if _, err := reader.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				return job, nil
			}
			return job, err
		}
		if ctx.Err() != nil {
			return job, ctx.Err()
		}
	}
	return job, nil
}

// settle finds out how the file is made and whose export it is, once: who goes on reads it the same way.
func (t *Transfer) settle(ctx context.Context, job contact.Job, file *file) (contact.Job, error) {
	if job.Format != "" && job.Encoding != "" && job.Source != "" && (job.Format != string(rows.CSV) || job.Delimiter != "") {
		return job, nil
	}
	l, err := rows.Inspect(file, layoutOf(job))
	switch {
	case errors.Is(err, rows.ErrEmpty):
		return job, broken{"empty_file", "there is nothing in the file that can be read"}
	case err != nil:
		return job, err
	}
	job.Format, job.Encoding, job.Delimiter, job.Guess = string(l.Format), l.Encoding, l.Delimiter, string(l.Guess)
	file.rewind()
	if err := t.recognize(&job, file, l); err != nil {
		return job, err
	}
	job, err = t.db.Jobs.Swap(ctx, t.leased(job))
	if errors.Is(err, store.ErrStale) {
		return job, errLost
	}
	return job, err
}

// looked is how many rows are looked at to tell whose export a file is that has no header.
const looked = 50

// recognize tells whose export the file is and what its columns mean; broken where that is nothing, or where one is missing of which something was said.
func (t *Transfer) recognize(job *contact.Job, file io.Reader, l rows.Layout) error {
	reader, err := rows.Open(file, l)
	if errors.Is(err, rows.ErrEmpty) {
		return broken{"empty_file", "there is nothing in the file that can be read"}
	}
	if err != nil {
		return err
	}
	columns := reader.Header()
	for n := 0; reader.Header() == nil && n < looked; n++ {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for _, f := range row.Fields {
			columns = append(columns, f.Name)
		}
	}
	if job.Source == "" {
		job.Source = string(mapping.Recognize(columns))
		if l.Format == rows.VCard {
			job.Source = string(mapping.Cards)
		}
	}
	m, err := mappingOf(*job)
	if err != nil {
		return err
	}
	columns = distinct(columns)
	for _, c := range columns[:min(len(columns), rows.MaxFields)] {
		if len(c) <= rows.MaxRaw && m.Source != mapping.Usher {
			job.Columns = append(job.Columns, contact.Pair{Name: c, Value: string(m.Of(c))})
		}
	}
	for _, said := range job.Mapping {
		if reader.Header() != nil && !mapping.Has(columns, said.Name) {
			return broken{"mapping", fmt.Sprintf("the file has no column %q, of which it is said what it means", said.Name)}
		}
	}
	if len(columns) > 0 && !m.Understands(columns) {
		return notUnderstood(columns[0])
	}
	return nil
}

// notUnderstood is why a file is not read of which no column is known. Every row would be rejected.
func notUnderstood(first string) broken {
	if strings.EqualFold(first, "BEGIN:VCARD") {
		return broken{"no_column_understood", "the file holds vCards and is not the format that it is said to be"}
	}
	return broken{"no_column_understood", "no column is known to hold a name, an address, a number or an id: the first line has to name the columns, and what a name means can be said (mapping, --map COLUMN=MEANING)"}
}

func layoutOf(job contact.Job) rows.Layout {
	return rows.Layout{Format: rows.Format(job.Format), Encoding: job.Encoding, Delimiter: job.Delimiter}
}

func mappingOf(job contact.Job) (mapping.Mapping, error) {
	said := map[string]string{}
	for _, p := range job.Mapping {
		said[p.Name] = p.Value
	}
	m, err := mapping.New(mapping.Source(job.Source), said)
	if err != nil {
		return m, broken{"mapping", err.Error()}
	}
	return m, nil
}

// file reads the parts of a job's file, one after the other.
type file struct {
	ctx   context.Context // it lives within one run of a job
	db    *store.DB
	parts []contact.JobPart
	next  int
	part  io.Reader
	read  int64
}

func (t *Transfer) open(ctx context.Context, job contact.Job) (*file, error) {
	parts, err := t.parts(ctx, job.ID)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, broken{"no_file", "the job's file is gone"}
	}
	return &file{ctx: ctx, db: t.db, parts: parts}, nil
}

// rewind begins again.
func (f *file) rewind() { f.next, f.part, f.read = 0, nil, 0 }

// Read reads on, across parts.
func (f *file) Read(p []byte) (int, error) {
	for {
		if f.part == nil {
			if f.next == len(f.parts) {
				return 0, io.EOF
			}
			f.part = f.db.ReadBlob(f.ctx, f.parts[f.next].Blob, f.parts[f.next].Size)
			f.next++
		}
		n, err := f.part.Read(p)
		f.read += int64(n)
		if errors.Is(err, io.EOF) {
			f.part, err = nil, nil
		}
		if err != nil {
			return n, fmt.Errorf("reading file: %w", err)
		}
		if n > 0 {
			return n, nil
		}
	}
}
