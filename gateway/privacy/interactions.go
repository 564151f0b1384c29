package privacy

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// fewInteractions is how many interactions one step deals with: each may be of hundreds of deliveries.
const fewInteractions = 20

// eraseInteractions deletes the person's interactions with their deliveries' bodies and their files. Those from after the erasure came in while it began: they are worked on again, now that nobody holds their contact points.
func (p *Privacy) eraseInteractions(ctx context.Context, e *store.Erasure) (bool, error) {
	if err := p.workAgain(ctx, e); err != nil { // what an earlier run had come to
		return false, err
	}
	for _, profile := range e.Profiles {
		page, _, err := p.db.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{profile}, Limit: fewInteractions})
		if err != nil {
			return false, err
		}
		if len(page) == 0 {
			continue
		}
		for _, i := range page {
			if err := p.clear(ctx, e, i); err != nil {
				return false, err
			}
		}
		return false, p.workAgain(ctx, e)
	}
	return true, nil
}

// clear takes one interaction from the person.
func (p *Privacy) clear(ctx context.Context, e *store.Erasure, i contact.Interaction) error {
	deliveries, err := p.deliveriesOf(ctx, i)
	if err != nil {
		return err
	}
	if after(*e, i, deliveries) {
		return p.detach(ctx, e, i, deliveries)
	}
	return p.eraseInteraction(ctx, e, i, deliveries)
}

func (p *Privacy) deliveriesOf(ctx context.Context, i contact.Interaction) (map[string]contact.Delivery, error) {
	var names []string
	for _, event := range i.Events {
		names = append(names, event.Delivery)
	}
	return p.db.Deliveries.FindAll(ctx, distinct(names)...)
}

func (p *Privacy) eraseInteraction(ctx context.Context, e *store.Erasure, i contact.Interaction, deliveries map[string]contact.Delivery) error {
	for _, d := range deliveries {
		if err := p.strip(ctx, e, d); err != nil {
			return err
		}
	}
	if err := p.dropTraces(ctx, i); err != nil {
		return err
	}
	if err := p.close(ctx, i); err != nil {
		return err
	}
	e.Interactions++
	return ignoreStale(p.db.Interactions.Delete(ctx, i)) // stale: more of it came in; the next step reads it again
}

// close keeps out what comes later of an erased call: its recording and its transcript are from nobody's number, and have no time of their own.
func (p *Privacy) close(ctx context.Context, i contact.Interaction) error {
	if i.Channel != contact.Voice {
		return nil
	}
	now := store.Now()
	q := contact.Quarantine{
		Delivery: i.Events[0].Delivery, Interaction: i.ID, Source: i.Source, Channel: i.Channel, Code: contact.CodeErased,
		OccurredAt: i.OccurredAt, At: now, State: contact.QuarantineDiscarded, Who: "usher", DecidedAt: now,
	}
	q.ID = p.db.Salt.ID(contact.QuarantinePrefix, i.ID)
	if err := p.db.Quarantine.Insert(ctx, q); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	return nil
}

// after reports whether an interaction is from after the erasure: it says so, and nothing of it came in before.
func after(e store.Erasure, i contact.Interaction, deliveries map[string]contact.Delivery) bool {
	for _, d := range deliveries {
		if contact.Happened(i.OccurredAt, d.ReceivedAt).Before(e.ErasedAt) {
			return false
		}
	}
	return len(deliveries) > 0
}

// detach makes an interaction nobody's and notes its deliveries. They are noted first: whoever stops in between has lost nothing.
func (p *Privacy) detach(ctx context.Context, e *store.Erasure, i contact.Interaction, deliveries map[string]contact.Delivery) error {
	for id := range deliveries {
		e.Again = append(e.Again, id)
	}
	e.Again = distinct(e.Again)
	saved, err := p.db.Erasures.Swap(ctx, *e)
	if err != nil {
		return err
	}
	*e = saved
	if err := p.db.Conclude(ctx, i.Pending); err != nil {
		return err
	}
	i.ProfileID, i.By, i.IdentityID, i.Identities, i.Candidates, i.Moves, i.Pending = "", "", "", nil, nil, nil, nil
	_, err = p.db.Interactions.Swap(ctx, i)
	return ignoreStale(err)
}

// workAgain puts the noted deliveries into the queue. The erasure forgets them with the next step that is kept.
func (p *Privacy) workAgain(ctx context.Context, e *store.Erasure) error {
	for _, id := range e.Again {
		if err := p.inbox.Replay(ctx, id); err != nil && contact.KindOf(err) != contact.Conflict && contact.KindOf(err) != contact.NotFound {
			return err
		}
	}
	e.Again = nil
	return nil
}

// strip deletes what a delivery brought. One that is still queued may hold contacts of others that are not recorded yet: whoever works on it strips it.
func (p *Privacy) strip(ctx context.Context, e *store.Erasure, d contact.Delivery) error {
	if d.Queue != "" || d.Bare() {
		return nil
	}
	_, err := p.inbox.Strip(ctx, d)
	if err == nil {
		e.Deliveries++
	}
	return ignoreStale(err)
}

// dropTraces deletes what hangs on an interaction: its files, its events, and what was said about whose it is. Who placed it stays among the decisions.
func (p *Privacy) dropTraces(ctx context.Context, i contact.Interaction) error {
	if err := p.db.Conclude(ctx, i.Pending); err != nil {
		return err
	}
	told := []store.Event{events.New(p.db, events.InteractionRecorded, "", nil, i.ID)}
	for _, event := range i.Events {
		told = append(told, events.New(p.db, events.InteractionUpdated, "", nil, i.ID, event.Key))
		for _, part := range event.Inbound.Data.Content {
			if part.Media == nil {
				continue
			}
			if err := p.db.DropBlob(ctx, part.Media.StoredRef); err != nil {
				return err
			}
		}
	}
	if err := p.dropEvents(ctx, told...); err != nil {
		return err
	}
	var reasons []string
	for _, m := range i.Moves {
		reasons = append(reasons, m.EvidenceID)
	}
	return p.dropEvidence(ctx, distinct(reasons)...)
}

// eraseUnplaced goes through the interactions that are nobody's: what came by the person's contact points goes, and where the person is a candidate it is no more.
func (p *Privacy) eraseUnplaced(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "profile", Equal: []any{""}, Limit: paged}
	if e.Place.ID != "" {
		r.After = []any{e.Place.At, e.Place.ID}
	}
	page, next, err := p.db.Interactions.List(ctx, r)
	if err != nil {
		return false, err
	}
	t, err := p.trace(ctx, *e)
	if err != nil {
		return false, err
	}
	for _, i := range page {
		if err := p.clearUnplaced(ctx, e, i, t); err != nil {
			return false, err
		}
		e.Place = store.Place{At: i.OccurredAt, ID: i.ID}
	}
	return next == nil, nil
}

func (p *Privacy) clearUnplaced(ctx context.Context, e *store.Erasure, i contact.Interaction, t ingest.Trace) error {
	theirs, err := p.ingest.Unplaced(ctx, i, t)
	if err != nil {
		return err
	}
	if !theirs {
		return p.withdraw(ctx, *e, i)
	}
	deliveries, err := p.deliveriesOf(ctx, i)
	if err != nil {
		return err
	}
	if after(*e, i, deliveries) {
		return p.withdraw(ctx, *e, i)
	}
	return p.eraseInteraction(ctx, e, i, deliveries)
}

// withdraw takes the person from those whose an interaction may be.
func (p *Privacy) withdraw(ctx context.Context, e store.Erasure, i contact.Interaction) error {
	theirs := func(c contact.Candidate) bool { return slices.Contains(e.Profiles, c.ProfileID) }
	if !slices.ContainsFunc(i.Candidates, theirs) {
		return nil
	}
	i.Candidates = slices.DeleteFunc(slices.Clone(i.Candidates), theirs)
	_, err := p.db.Interactions.Swap(ctx, i)
	if errors.Is(err, store.ErrStale) {
		return nil // more of it came in: the next pass reads it again
	}
	return err
}
