package privacy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// Inbox is what is asked of the deliveries.
type Inbox interface {
	// Strip deletes what a delivery brought.
	Strip(ctx context.Context, d contact.Delivery) (contact.Delivery, error)
	// Replay puts a delivery into the queue again.
	Replay(ctx context.Context, id string) error
	// Held counts the deliveries that were claimed before a time and are still worked on.
	Held(ctx context.Context, before time.Time) (int, error)
	// Untried reports whether a delivery from before a time was not tried yet.
	Untried(ctx context.Context, before time.Time) (bool, error)
	// Works reports whether deliveries of a source are worked on here.
	Works(source string) bool
	// Body reads what a delivery brought.
	Body(ctx context.Context, d contact.Delivery) contact.Body
}

// Ingest is what is asked of ingest: most of it whether something is an erased person's that does not name a profile of theirs.
type Ingest interface {
	// Resume goes on with what agents told of before a time and was not finished.
	Resume(ctx context.Context, before time.Time) error
	// Concerns is of a delivery that was not recorded.
	Concerns(ctx context.Context, d contact.Delivery, body contact.Body, t ingest.Trace) (theirs, others bool, err error)
	// KeptOut is of a contact in quarantine.
	KeptOut(ctx context.Context, q contact.Quarantine, t ingest.Trace) (bool, error)
	// Unplaced is of an interaction that is nobody's.
	Unplaced(ctx context.Context, i contact.Interaction, t ingest.Trace) (bool, error)
}

// Privacy erases people in one store.
type Privacy struct {
	db     *store.DB
	people *people.People
	inbox  Inbox
	ingest Ingest
	lease  time.Duration
}

// New makes a Privacy. Lease is how long a worker may hold a delivery: after twice that nobody can still be working on what it read before.
func New(db *store.DB, inbox Inbox, ingest Ingest, lease time.Duration) *Privacy {
	return &Privacy{db: db, people: people.New(db), inbox: inbox, ingest: ingest, lease: lease}
}

// Work goes on with the erasures that are due until each has to wait or is done: a step of each in turn, so that none waits for a long one. One that fails does not stop the others, and any number of gateways may.
func (p *Privacy) Work(ctx context.Context) error {
	failed := map[string]error{}
	for {
		due, err := p.due(ctx, store.ErasureRunning, store.ErasureSettling)
		if err != nil {
			return err
		}
		due = slices.DeleteFunc(due, func(e store.Erasure) bool { return failed[e.ID] != nil })
		if len(due) == 0 {
			return errors.Join(slices.Collect(maps.Values(failed))...)
		}
		for _, e := range due {
			if _, err := p.Step(ctx, e); err != nil && !errors.Is(err, store.ErrStale) { // stale: another gateway is at it too, and each step may be done twice
				failed[e.ID] = fmt.Errorf("erasing %s: %w", e.ProfileID, err)
			}
		}
	}
}

// due are the erasures in some states whose time has come.
func (p *Privacy) due(ctx context.Context, states ...string) (all []store.Erasure, err error) {
	for _, state := range states {
		some, _, err := p.db.Erasures.List(ctx, store.Range{Index: "state", Equal: []any{state}, Upper: store.Now().Add(time.Millisecond), Limit: 100})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Overwrite has the database overwrite what was erased, once for all erasures that have come so far. It takes long in a large file, and others go on meanwhile.
func (p *Privacy) Overwrite(ctx context.Context) error {
	due, err := p.due(ctx, store.ErasureOverwriting)
	if err != nil || len(due) == 0 {
		return err
	}
	if err := p.db.Scrub(ctx); err != nil {
		return err
	}
	for _, e := range due {
		if e.DoneAt.IsZero() {
			e.State, e.DoneAt, e.Due, e.Stage = store.ErasureSettling, store.Now(), p.settled(e), 0
		} else {
			e.State = store.ErasureDone
		}
		if _, err := p.db.Erasures.Swap(ctx, e); ignoreStale(err) != nil {
			return err
		}
	}
	return nil
}

// stages are the ways over what is stored of a person, in this order: first nobody finds it any more, then everything goes, at last that by which it was found.
var stages = []func(*Privacy, context.Context, *store.Erasure) (done bool, err error){
	(*Privacy).fence,
	(*Privacy).takeIdentities,
	(*Privacy).finishEntries,
	(*Privacy).eraseClaims,
	(*Privacy).eraseInteractions,
	(*Privacy).eraseFlags,
	(*Privacy).eraseEvidence,
	(*Privacy).eraseKeys,
	(*Privacy).eraseMemberships,
	(*Privacy).eraseClaimLinks,
	(*Privacy).eraseConsents,
	(*Privacy).eraseQuarantine,
	(*Privacy).eraseWeaker,
	(*Privacy).eraseRows,
	(*Privacy).eraseUnplaced,
	(*Privacy).eraseDeliveries,
	(*Privacy).eraseAnswers,
	(*Privacy).eraseProfiles,
}

// passes is how often the stages are gone through before an erasure is done: once more after everybody has ended who had read what was there before.
const passes = 2

// Step does one bounded piece of an erasure and keeps how far it is. ErrStale: somebody else did.
func (p *Privacy) Step(ctx context.Context, e store.Erasure) (store.Erasure, error) {
	if e.Stage == len(stages) {
		if err := p.endPass(ctx, &e); err != nil {
			return e, err
		}
		return p.db.Erasures.Swap(ctx, e)
	}
	done, err := stages[e.Stage](p, ctx, &e)
	if err != nil {
		return e, err
	}
	if done {
		e.Stage, e.Place = e.Stage+1, store.Place{}
	}
	return p.db.Erasures.Swap(ctx, e)
}

// heldAgain is how soon it is looked again whether somebody is still at work.
const heldAgain = time.Second / 4

// endPass decides what comes after the last stage: a wait for those who are at work, another pass, or the end.
func (p *Privacy) endPass(ctx context.Context, e *store.Erasure) error {
	wait, err := p.atWork(ctx, *e)
	if err != nil {
		return err
	}
	if wait {
		e.Due = store.Now().Add(heldAgain)
		return nil
	}
	if e.Left {
		e.Left, e.Stage, e.Due = false, 0, store.Now().Add(min(p.lease, heldAgain<<min(e.Looks, 16)))
		e.Looks++
		return nil
	}
	e.Pass++
	if e.Pass < passes {
		e.Stage = 0
		return nil
	}
	e.Words, e.Names, e.State = nil, nil, store.ErasureOverwriting
	return nil
}

// atWork reports whether somebody may still store what was read before the person was fenced, or has not begun with what came in before.
func (p *Privacy) atWork(ctx context.Context, e store.Erasure) (bool, error) {
	held, err := p.inbox.Held(ctx, e.FencedAt)
	if err != nil || held > 0 && store.Now().Before(p.settled(e)) {
		return true, err
	}
	return p.inbox.Untried(ctx, e.FencedAt)
}

// settled is when no worker can be at it any more that had read the person before it was fenced.
func (p *Privacy) settled(e store.Erasure) time.Time { return e.FencedAt.Add(2 * p.lease) }

// trace is what the person is recognised by.
func (p *Privacy) trace(ctx context.Context, e store.Erasure) (ingest.Trace, error) {
	t := ingest.Trace{Identities: e.Identities, Words: e.Words, Before: e.ErasedAt}
	found, err := p.db.Identities.FindAll(ctx, e.Identities...)
	for _, i := range found {
		t.Points = append(t.Points, i.Of)
	}
	t.Points = distinct(t.Points)
	return t, err
}
