package outbound

import (
	"cmp"
	"context"
	"slices"
	"time"

	"usher/gateway/events"
	"usher/gateway/store"
)

// How much is sent in one go.
const (
	maxLines   = 100 // that wait at once; with so many no further one is begun
	maxWaiting = 900 // events that an endpoint did not take; with so many no more are read. Some may be asked for besides, up to store.MaxLimit
	together   = 16  // attempts at a time, of one endpoint
	readAtOnce = 200
	maxReads   = 10 // pages of events that are read to find some that are wanted
)

// plan is what there is to send to an endpoint.
type plan struct {
	lines []*line
	at    time.Time // the place in the feed behind what was read
	after string
	more  bool // there is more behind it
}

// line is events about the same, in their order: one is sent when those before it were taken.
type line struct {
	items []item
	held  bool // the first has its next attempt later
}

// item is an event on its way: new, or one that waits.
type item struct {
	event   store.Event
	waiting store.Undelivered // nothing for a new one
}

// waits reports whether it is kept as one that was not taken.
func (it item) waits() bool { return it.waiting.Version > 0 }

// idle reports whether there is nothing to do now.
func (p plan) idle(from store.Sending) bool {
	return p.at.Equal(from.At) && p.after == from.After && !slices.ContainsFunc(p.lines, func(l *line) bool { return !l.held })
}

// plan finds what is due to an endpoint, and as much behind its place as may be read.
func (o *Outbound) plan(ctx context.Context, e store.Endpoint, from store.Sending) (plan, error) {
	p := plan{at: from.At, after: from.After}
	waiting, _, err := o.db.Undelivered.List(ctx, store.Range{Index: "endpoint", Equal: []any{e.ID, store.UndeliveredWaiting}, Limit: store.MaxLimit})
	if err != nil {
		return p, err
	}
	lines := map[string]*line{}
	o.lineUp(&p, lines, waiting)
	if err := o.fetch(ctx, p); err != nil {
		return p, err
	}
	return p, o.read(ctx, e, &p, lines, maxWaiting-len(waiting))
}

// lineUp puts what waits into lines.
func (o *Outbound) lineUp(p *plan, lines map[string]*line, waiting []store.Undelivered) {
	slices.SortStableFunc(waiting, func(a, b store.Undelivered) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.EventID, b.EventID))
	})
	now := o.now()
	for _, u := range waiting {
		l := p.line(lines, u.About)
		l.held = l.held || len(l.items) == 0 && u.Due.After(now)
		l.items = append(l.items, item{waiting: u})
	}
}

// fetch reads the events that wait in lines that are not held.
func (o *Outbound) fetch(ctx context.Context, p plan) error {
	var ids []string
	for _, l := range p.lines {
		for i := 0; i < len(l.items) && !l.held; i++ {
			ids = append(ids, l.items[i].waiting.EventID)
		}
	}
	found, err := o.db.Events.FindAll(ctx, ids...)
	for _, l := range p.lines {
		for i := range l.items {
			l.items[i].event = found[l.items[i].waiting.EventID]
		}
	}
	return err
}

// line finds the line of what events are about, or begins one.
func (p *plan) line(lines map[string]*line, about string) *line {
	l, ok := lines[about]
	if !ok {
		l = &line{}
		lines[about] = l
		p.lines = append(p.lines, l)
	}
	return l
}

// read adds events from the feed that are wanted and not in a line yet, at most room.
func (o *Outbound) read(ctx context.Context, e store.Endpoint, p *plan, lines map[string]*line, room int) error {
	if room <= 0 {
		return nil
	}
	known := map[string]bool{}
	for _, l := range p.lines {
		for _, it := range l.items {
			known[it.waiting.EventID] = true
		}
	}
	for range maxReads {
		r := events.Settled()
		r.After, r.Limit = []any{p.at, p.after}, readAtOnce
		page, next, err := o.db.Events.List(ctx, r)
		if err != nil {
			return err
		}
		for _, event := range page {
			wanted := !known[event.ID] && (len(e.Types) == 0 || slices.Contains(e.Types, event.Type))
			if _, begun := lines[aboutOf(event)]; wanted && (room == 0 || !begun && len(p.lines) >= maxLines) {
				p.more = true
				return nil
			}
			p.at, p.after = event.At, event.ID
			if !wanted {
				continue
			}
			room--
			l := p.line(lines, aboutOf(event))
			l.items = append(l.items, item{event: event})
		}
		if p.more = next != nil; !p.more {
			return nil
		}
	}
	return nil
}

// aboutOf is whose order an event is kept in: the profile's, if it has one.
func aboutOf(e store.Event) string {
	for _, p := range e.Data {
		if p.Name == "profile_id" {
			return p.Value
		}
	}
	return e.Subject
}
