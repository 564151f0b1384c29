// Package transfer takes people in from files and gives them out. An import is a job: its file is stored first, then read row by row; every row goes the way of a contact (ingest.Enter) and has an outcome.
// A job can stop at any point, also by a crash, and whichever gateway claims it goes on: a row that runs again does what it did, because its name is the job's and its number.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/organizations"
	"usher/gateway/store"
)

// Options are how imports are worked on.
type Options struct {
	Owner  string // names this process in leases
	Region string // for national numbers, if a job names no other

	Organizations *organizations.Organizations // those that others in the process use; nil: its own
}

// Transfer works on the imports of one store.
type Transfer struct {
	db      *store.DB
	ingest  *ingest.Ingest
	options Options
	log     *slog.Logger
	started chan struct{} // a job was started here
	pause   time.Duration // the longest that an export is silent

	organizations *organizations.Organizations
}

// New makes a Transfer.
func New(db *store.DB, in *ingest.Ingest, o Options, log *slog.Logger) *Transfer {
	if o.Organizations == nil {
		o.Organizations = organizations.New(db)
	}
	return &Transfer{db: db, ingest: in, options: o, log: log, started: make(chan struct{}, 1), pause: silence, organizations: o.Organizations}
}

// How jobs are worked on.
const (
	lease    = time.Minute         // renewed with every batch, which takes far less
	poll     = 2 * time.Second     // how often it is looked for jobs of other gateways
	patience = time.Second         // before a job is tried again whose store did not answer; doubled each time
	longest  = 2 * time.Minute     // between two tries
	kept     = 30 * 24 * time.Hour // how long the rows of a finished job are kept
	silence  = 5 * time.Second     // of an export that is looking for something
)

// Run works on jobs until ctx ends; the one at hand is left where any gateway can go on.
func (t *Transfer) Run(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		job, found, err := t.claim(ctx)
		if err != nil && ctx.Err() == nil {
			t.log.Warn("claiming import", "err", err)
		}
		if found {
			t.work(ctx, job)
			continue
		}
		select {
		case <-ctx.Done():
		case <-t.started:
		case <-tick.C:
		}
	}
}

// Watch is told how far a job has come.
type Watch func(contact.Job)

// Finish works on one job here and now, until it is finished, ctx ends or the store fails. Conflict if it is finished already, or another process works on it.
func (t *Transfer) Finish(ctx context.Context, id string, watch Watch) (contact.Job, error) {
	job, err := t.Find(ctx, id)
	if err != nil {
		return job, err
	}
	if job.Queue == "" {
		return job, contact.NewError(contact.Conflict, "not_running", "the job is "+string(job.State), nil)
	}
	if job.Lease != nil && job.Lease.Until.After(store.Now()) && !t.db.Exclusive() {
		return job, busy()
	}
	if job, err = t.take(ctx, job); errors.Is(err, store.ErrStale) {
		return job, busy()
	} else if err != nil {
		return job, err
	}
	return t.run(ctx, job, watch)
}

func busy() *contact.Error {
	return contact.NewError(contact.Conflict, "busy", "a gateway is working on the job", nil)
}

// claim takes a job that is due. In a store that nobody else can be using, whoever leased one before is gone.
func (t *Transfer) claim(ctx context.Context) (job contact.Job, found bool, err error) {
	waiting, _, err := t.db.Jobs.List(ctx, store.Range{Index: "queue", Equal: []any{contact.Importing}, Limit: maxWaiting})
	if err != nil {
		return job, false, fmt.Errorf("listing jobs: %w", err)
	}
	now := store.Now()
	for _, j := range waiting {
		abandoned := j.Lease != nil && t.db.Exclusive()
		if j.Due.After(now) && !abandoned {
			continue
		}
		job, err = t.take(ctx, j)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		return job, err == nil, err
	}
	return job, false, nil
}

// maxWaiting is how many jobs are looked at for one that is due.
const maxWaiting = 100

// take leases a job.
func (t *Transfer) take(ctx context.Context, job contact.Job) (contact.Job, error) {
	job.State = contact.Running
	if job.StartedAt.IsZero() {
		job.StartedAt = store.Now()
	}
	return t.db.Jobs.Swap(ctx, t.leased(job))
}

func (t *Transfer) leased(job contact.Job) contact.Job {
	job.Due = store.Now().Add(lease)
	job.Lease = &contact.Lease{Owner: t.options.Owner, Until: job.Due}
	return job
}

// work runs a job and says what went wrong.
func (t *Transfer) work(ctx context.Context, job contact.Job) {
	done, err := t.run(ctx, job, nil)
	switch {
	case err == nil && done.State == contact.JobDone:
		t.log.Info("import done", "job_id", job.ID, "rows", done.Row)
	case err != nil && ctx.Err() == nil:
		t.log.Warn("importing", "job_id", job.ID, "err", err)
	}
}
