package privacy

import (
	"bytes"
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/store"
)

// unrecorded are the outcomes of deliveries that no interaction names. What is accepted and was not tried yet is turned away when it is, unless nobody works on its source any more.
var unrecorded = []contact.Outcome{contact.Retrying, contact.Dead, contact.NotParsed, contact.Quarantined, contact.Nothing, contact.Accepted}

// eraseDeliveries goes through the deliveries that were not recorded: they are read again to see whose they are.
func (p *Privacy) eraseDeliveries(ctx context.Context, e *store.Erasure) (bool, error) {
	at := max(0, slices.Index(unrecorded, contact.Outcome(e.Place.Text)))
	outcome := unrecorded[at]
	r := store.Range{Index: "outcome", Equal: []any{string(outcome)}, Limit: paged}
	if e.Place.ID != "" {
		last, err := p.db.Deliveries.FindAll(ctx, e.Place.ID)
		if err != nil {
			return false, err
		}
		r.After = []any{last[e.Place.ID].Source, e.Place.At, e.Place.ID} // rows are never deleted
	}
	page, next, err := p.db.Deliveries.List(ctx, r)
	if err != nil {
		return false, err
	}
	t, err := p.trace(ctx, *e)
	if err != nil {
		return false, err
	}
	for _, d := range page {
		if err := p.eraseUnrecorded(ctx, e, d, t); err != nil {
			return false, err
		}
		e.Place = store.Place{Text: string(outcome), At: d.ReceivedAt, ID: d.ID}
	}
	if next != nil {
		return false, nil
	}
	if at+1 == len(unrecorded) {
		return true, nil
	}
	e.Place = store.Place{Text: string(unrecorded[at+1])}
	return false, nil
}

// eraseUnrecorded strips a delivery of the person. One that is to be tried again is left to its worker if it holds contacts of others too: those are not lost for it.
func (p *Privacy) eraseUnrecorded(ctx context.Context, e *store.Erasure, d contact.Delivery, t ingest.Trace) error {
	if d.Bare() {
		return nil
	}
	if d.Gone { // somebody stopped while stripping it
		_, err := p.inbox.Strip(ctx, d)
		return ignoreStale(err)
	}
	works := d.Queue != "" && p.inbox.Works(d.Source)
	if works && d.Outcome == contact.Accepted {
		return nil
	}
	theirs, others, err := p.ingest.Concerns(ctx, d, p.inbox.Body(ctx, d), t)
	if err != nil || !theirs {
		return err
	}
	if works && others || d.Queue != "" && !works && !p.abandoned(d) {
		e.Left = true
		return nil
	}
	_, err = p.inbox.Strip(ctx, d)
	if err == nil {
		e.Deliveries++
	}
	return ignoreStale(err)
}

// abandoned reports whether nobody has tried a queued delivery for so long that nobody will: its source is not configured anywhere.
func (p *Privacy) abandoned(d contact.Delivery) bool {
	return d.Due.Add(2 * p.lease).Before(store.Now())
}

// eraseAnswers deletes the kept answers of requests that name the person. They are a day old at most.
func (p *Privacy) eraseAnswers(ctx context.Context, e *store.Erasure) (bool, error) {
	r := store.Range{Index: "expires", Limit: paged}
	if e.Place.ID != "" {
		r.After = []any{e.Place.At, e.Place.ID}
	}
	page, next, err := p.db.Answers.List(ctx, r)
	if err != nil {
		return false, err
	}
	words, named := ingest.Trace{Words: e.Words}, slices.Concat(e.Profiles, e.Identities)
	for _, a := range page {
		text := append([]byte(a.Path+"\n"), a.Body...) // a note's answer names nobody, but where it was sent does
		if words.Names(text) || slices.ContainsFunc(named, func(id string) bool { return bytes.Contains(text, []byte(id)) }) {
			if err := ignoreStale(p.db.Answers.Delete(ctx, a)); err != nil {
				return false, err
			}
		}
		e.Place = store.Place{At: a.ExpiresAt, ID: a.ID}
	}
	return next == nil, nil
}
