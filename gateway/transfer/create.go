package transfer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/gateway/transfer/mapping"
	"usher/gateway/transfer/rows"
	"usher/matching/normal"
)

// Limits of a file that is handed in.
const (
	MaxPart  = 8 << 20 // bytes of a part
	MaxParts = 10_000
	maxSaid  = 200 // columns of which it is said what they mean
)

// Wish is what somebody wants imported. What is empty is found out from the file.
type Wish struct {
	Op      string // names the wish: asked for again, it is the same job. Empty: a new one each time
	Layout  rows.Layout
	Source  string            // whose export it is, of mapping.Sources
	Mapping map[string]string // what columns mean, by their names
	Region  string
	DryRun  DryRun
	Who     string
}

// DryRun says whether a job writes.
type DryRun bool

// Create makes a job that waits for its file. Errors: Invalid for a layout or a mapping that there is none of.
func (t *Transfer) Create(ctx context.Context, w Wish) (contact.Job, error) {
	w.Region = strings.ToUpper(w.Region)
	if err := w.check(); err != nil {
		return contact.Job{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return contact.Job{}, fmt.Errorf("making id: %w", err)
	}
	job := contact.Job{
		State: contact.Uploading, Format: string(w.Layout.Format), Encoding: w.Layout.Encoding, Delimiter: w.Layout.Delimiter,
		Source: w.Source, Region: w.Region, DryRun: bool(w.DryRun), Who: w.Who, CreatedAt: store.Now(),
	}
	for _, column := range slices.Sorted(maps.Keys(w.Mapping)) {
		job.Mapping = append(job.Mapping, contact.Pair{Name: column, Value: w.Mapping[column]})
	}
	job.ID = contact.JobPrefix + id.String()
	if w.Op != "" {
		job.ID = t.db.Salt.ID(contact.JobPrefix, w.Op)
	}
	err = t.db.Jobs.Insert(ctx, job)
	if errors.Is(err, store.ErrExists) {
		return t.Find(ctx, job.ID)
	}
	job.Version = 1
	return job, err
}

func (w Wish) check() error {
	if len(w.Mapping) > maxSaid {
		return invalid("mapping", fmt.Sprintf("a mapping has at most %d columns", maxSaid))
	}
	for column, meaning := range w.Mapping {
		if _, err := mapping.Parse(meaning); err != nil || column == "" || len(column) > rows.MaxRaw {
			return invalid("mapping", "a column means something that there is not: "+meaningsText)
		}
	}
	if w.Source != "" && !slices.Contains(mapping.Sources, mapping.Source(w.Source)) {
		return invalid("source", "no such source: it is zendesk, zendesk_organizations, google, outlook, vcard, usher or other")
	}
	if w.Region != "" && !normal.Region(w.Region) {
		return invalid("region", "a region is a country by two letters (ISO 3166), such as DE")
	}
	for _, part := range []struct {
		layout rows.Layout
		not    string
	}{
		{rows.Layout{Encoding: w.Layout.Encoding, Format: rows.CSV}, "no such encoding: it is a name such as utf-8, windows-1252, iso-8859-2 or shift_jis"},
		{rows.Layout{Format: w.Layout.Format}, "no such format: it is csv, ndjson, json or vcard"},
		{w.Layout, "no such delimiter: it is a comma, a semicolon, a tab or a bar"},
	} {
		if _, err := rows.Inspect(bytes.NewReader([]byte("a,b\n")), part.layout); err != nil {
			return invalid("layout", part.not)
		}
	}
	return nil
}

const meaningsText = "name, given_name, family_name, email, phone, external_id:SYSTEM, organization, tag, note, language, city, postcode, field:NAME, ignore, ..."

func invalid(code, message string) *contact.Error {
	return contact.NewError(contact.Invalid, code, message, nil)
}

// Find is a job, NotFound if there is none.
func (t *Transfer) Find(ctx context.Context, id string) (contact.Job, error) {
	job, err := t.db.Jobs.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return job, contact.NewError(contact.NotFound, "not_found", "no such job", err)
	}
	return job, err
}

// AddPart stores part n of a job's file, from 1; a part that is there is replaced. It is durable when this returns. Errors: Invalid for a number or a size out of bounds, Conflict for a job that was started.
func (t *Transfer) AddPart(ctx context.Context, id string, n int64, body io.Reader) (contact.JobPart, error) {
	job, err := t.Find(ctx, id)
	if err != nil {
		return contact.JobPart{}, err
	}
	if job.State != contact.Uploading {
		return contact.JobPart{}, contact.NewError(contact.Conflict, "already_started", "the job takes no more parts", nil)
	}
	content, err := io.ReadAll(io.LimitReader(body, MaxPart+1))
	if err != nil {
		return contact.JobPart{}, fmt.Errorf("reading part: %w", err)
	}
	if n < 1 || n > MaxParts || len(content) == 0 || len(content) > MaxPart {
		return contact.JobPart{}, invalid("part", fmt.Sprintf("parts are numbered from 1 to %d, and have 1 to %d bytes", MaxParts, MaxPart))
	}
	sum := sha256.Sum256(content)
	part := contact.JobPart{JobID: id, N: n, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	number := strconv.FormatInt(n, 10)
	part.ID = t.db.Salt.ID(contact.JobPartPrefix, id, number)
	part.Blob = t.db.Salt.ID(contact.FilePrefix, id, number, part.SHA256)
	if _, err := t.db.WriteBlob(ctx, part.Blob, bytes.NewReader(content)); err != nil {
		return part, err
	}
	return t.putPart(ctx, part)
}

// putPart inserts a part's document, or replaces the one before it with its content.
func (t *Transfer) putPart(ctx context.Context, part contact.JobPart) (contact.JobPart, error) {
	for {
		err := t.db.JobParts.Insert(ctx, part)
		if !errors.Is(err, store.ErrExists) {
			part.Version = 1
			return part, err
		}
		before, err := t.db.JobParts.Find(ctx, part.ID)
		if err != nil || before.Blob == part.Blob {
			return before, err
		}
		part.Version = before.Version
		replaced, err := t.db.JobParts.Swap(ctx, part)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		if err != nil {
			return replaced, err
		}
		return replaced, t.db.DropBlob(ctx, before.Blob)
	}
}

// parts are those of a job, in order.
func (t *Transfer) parts(ctx context.Context, id string) (all []contact.JobPart, err error) {
	r := store.Range{Index: "part", Equal: []any{id}, Limit: store.MaxLimit}
	for {
		page, next, err := t.db.JobParts.List(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == nil {
			return all, nil
		}
		r.After = next
	}
}

// Start queues a job whose file is complete. One that was started is answered as it stands. Errors: Invalid where a part is missing.
func (t *Transfer) Start(ctx context.Context, id string) (contact.Job, error) {
	for {
		job, err := t.Find(ctx, id)
		if err != nil || job.State != contact.Uploading {
			return job, err
		}
		parts, err := t.parts(ctx, id)
		if err != nil {
			return job, err
		}
		job.Size = 0
		for i, p := range parts {
			if p.N != int64(i+1) {
				return job, invalid("part_missing", "the parts of the file are not numbered from 1 without a gap")
			}
			job.Size += p.Size
		}
		if len(parts) == 0 {
			return job, invalid("part_missing", "the job has no file yet")
		}
		job.State, job.Queue, job.Due = contact.Queued, contact.Importing, store.Now()
		job, err = t.db.Jobs.Swap(ctx, job)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		select {
		case t.started <- struct{}{}:
		default:
		}
		return job, err
	}
}

// Import is Create, the file in parts, and Start, for a file at hand. Invalid also for one without a byte.
func (t *Transfer) Import(ctx context.Context, w Wish, file io.Reader) (contact.Job, error) {
	buffer := make([]byte, MaxPart)
	read, err := io.ReadFull(file, buffer)
	if errors.Is(err, io.EOF) {
		return contact.Job{}, invalid("empty_file", "the file is empty")
	}
	job, failed := t.Create(ctx, w)
	if failed != nil || job.State != contact.Uploading {
		return job, failed
	}
	for n := int64(1); ; n++ {
		if read > 0 {
			if _, err := t.AddPart(ctx, job.ID, n, bytes.NewReader(buffer[:read])); err != nil {
				return job, err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return t.Start(ctx, job.ID)
		}
		if err != nil {
			return job, fmt.Errorf("reading file: %w", err)
		}
		read, err = io.ReadFull(file, buffer)
	}
}

// Cancel stops a job, at once if nobody has begun it, else as soon as the rows that were begun have their outcome; rows that have one keep it. A job that is finished stays as it is.
func (t *Transfer) Cancel(ctx context.Context, id string) (contact.Job, error) {
	for {
		job, err := t.Find(ctx, id)
		if err != nil || !job.FinishedAt.IsZero() || job.Cancelling {
			return job, err
		}
		job.Cancelling = true
		untouched := job.StartedAt.IsZero()
		if untouched {
			job = ended(job, contact.Cancelled)
		}
		job, err = t.db.Jobs.Swap(ctx, job)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		if err != nil || !untouched {
			return job, err
		}
		return job, t.dropFile(ctx, id)
	}
}

func ended(job contact.Job, state contact.JobState) contact.Job {
	job.State, job.Queue, job.Lease, job.Due, job.FinishedAt = state, "", nil, time.Time{}, store.Now()
	return job
}

// dropFile drops what was handed in; it is not needed any more, and full of people.
func (t *Transfer) dropFile(ctx context.Context, id string) error {
	parts, err := t.parts(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := t.db.DropBlob(ctx, p.Blob); err != nil {
			return err
		}
		if err := t.db.JobParts.Delete(ctx, p); err != nil && !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	return nil
}

// Tidy drops what has had its time: the rows of jobs that were finished long ago, and files of jobs that were never started.
func (t *Transfer) Tidy(ctx context.Context) error {
	for _, r := range []store.Range{
		{Index: "finished", Lower: time.UnixMilli(1).UTC(), Upper: store.Now().Add(-kept), Limit: maxWaiting},
		{Index: "finished", Upper: time.UnixMilli(1).UTC(), Limit: maxWaiting},
	} {
		for {
			jobs, next, err := t.db.Jobs.List(ctx, r)
			if err != nil {
				return err
			}
			for _, job := range jobs {
				if job.Queue != "" || job.CreatedAt.After(store.Now().Add(-kept)) {
					continue
				}
				if err := t.drop(ctx, job); err != nil {
					return err
				}
			}
			if next == nil {
				break
			}
			r.After = next
		}
	}
	return nil
}

func (t *Transfer) drop(ctx context.Context, job contact.Job) error {
	if err := t.dropFile(ctx, job.ID); err != nil {
		return err
	}
	for {
		page, _, err := t.db.JobRows.List(ctx, store.Range{Index: "row", Equal: []any{job.ID}, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, row := range page {
			if err := t.db.JobRows.Delete(ctx, row); err != nil && !errors.Is(err, store.ErrStale) {
				return err
			}
		}
		if len(page) == 0 {
			err := t.db.Jobs.Delete(ctx, job)
			if errors.Is(err, store.ErrStale) {
				return nil
			}
			return err
		}
	}
}
