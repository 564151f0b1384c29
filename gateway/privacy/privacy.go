package privacy

import (
	"context"
	"errors"
	"fmt"
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
	// Body reads what a delivery brought.
	Body(ctx context.Context, d contact.Delivery) contact.Body
}

// Recognizer tells whose a delivery is that was not recorded.
type Recognizer interface {
	Concerns(ctx context.Context, d contact.Delivery, body contact.Body, t ingest.Trace) (theirs, others bool, err error)
}

// Privacy erases people in one store.
type Privacy struct {
	db     *store.DB
	people *people.People
	inbox  Inbox
	ingest Recognizer
	lease  time.Duration
}

// New makes a Privacy. Lease is how long a worker may hold a delivery: after twice that nobody can still be working on what it read before.
func New(db *store.DB, inbox Inbox, recognizer Recognizer, lease time.Duration) *Privacy {
	return &Privacy{db: db, people: people.New(db), inbox: inbox, ingest: recognizer, lease: lease}
}

// Work goes on with the erasures that are due until each has to wait or is done. One that fails does not stop the others, and any number of gateways may.
func (p *Privacy) Work(ctx context.Context) error {
	var failed error
	for _, state := range []string{store.ErasureRunning, store.ErasureSettling} {
		due, _, err := p.db.Erasures.List(ctx, store.Range{Index: "state", Equal: []any{state}, Upper: store.Now().Add(time.Millisecond), Limit: 100})
		if err != nil {
			return err
		}
		for _, e := range due {
			if err := p.carryOn(ctx, e); err != nil {
				failed = errors.Join(failed, fmt.Errorf("erasing %s: %w", e.ProfileID, err))
			}
		}
	}
	return failed
}

// carryOn takes one erasure as far as it goes now. Another gateway that is at it too is no harm, since each step may be done twice; whoever is slower leaves it.
func (p *Privacy) carryOn(ctx context.Context, e store.Erasure) error {
	for !e.Due.After(store.Now()) && e.State != store.ErasureDone {
		next, err := p.Step(ctx, e)
		if errors.Is(err, store.ErrStale) {
			return nil
		}
		if err != nil {
			return err
		}
		e = next
	}
	return nil
}

// stages are the ways over what is stored of a person, in this order: first nobody finds it any more, then everything goes, at last that by which it was found.
var stages = []func(*Privacy, context.Context, *store.Erasure) (done bool, err error){
	(*Privacy).fence,
	(*Privacy).takeIdentities,
	(*Privacy).eraseInteractions,
	(*Privacy).eraseFlags,
	(*Privacy).eraseEvidence,
	(*Privacy).eraseKeys,
	(*Privacy).eraseMemberships,
	(*Privacy).eraseConsents,
	(*Privacy).eraseQuarantine,
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
	held, err := p.inbox.Held(ctx, e.FencedAt)
	if err != nil {
		return err
	}
	if held > 0 && store.Now().Before(p.settled(*e)) {
		e.Due = store.Now().Add(heldAgain)
		return nil
	}
	e.Pass++
	if e.Pass < passes {
		e.Stage = 0
		return nil
	}
	if err := p.forget(ctx, e); err != nil {
		return err
	}
	if e.State == store.ErasureRunning {
		e.State, e.DoneAt, e.Due, e.Stage = store.ErasureSettling, store.Now(), p.settled(*e), 0
		return nil
	}
	e.State = store.ErasureDone
	return nil
}

// settled is when no worker can be at it any more that had read the person before it was fenced.
func (p *Privacy) settled(e store.Erasure) time.Time { return e.FencedAt.Add(2 * p.lease) }

// forget gives up the words that were looked for, and lets the database do so.
func (p *Privacy) forget(ctx context.Context, e *store.Erasure) error {
	e.Words = nil
	saved, err := p.db.Erasures.Swap(ctx, *e)
	if err != nil {
		return err
	}
	*e = saved
	return p.db.Scrub(ctx)
}

// trace is what the person is recognised by.
func trace(e store.Erasure) ingest.Trace {
	return ingest.Trace{Identities: e.Identities, Words: e.Words, Before: e.ErasedAt}
}
