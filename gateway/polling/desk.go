package polling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/inbox"
	"usher/gateway/store"
)

var (
	errHeld = errors.New("another gateway polls this source")
	errLost = errors.New("the lease was lost to another gateway")
)

// desk is one holding of one source's lease. Its document is changed by nobody else; a version that does not match means that somebody took over.
type desk struct {
	p      *Polling
	source Source
	mutex  sync.Mutex
	polled store.Polled
}

var _ adapters.Desk = (*desk)(nil)

// acquire takes a source's lease if nobody holds it, or if its holder has not renewed it for too long.
func (p *Polling) acquire(ctx context.Context, s Source) (*desk, error) {
	id := p.db.PolledID(s.Name)
	err := p.db.Polled.Insert(ctx, store.Polled{Document: contact.Document{ID: id}, Source: s.Name})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return nil, fmt.Errorf("acquiring lease: %w", err)
	}
	polled, err := p.db.Polled.Find(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("acquiring lease: %w", err)
	}
	if !p.free(polled) {
		return nil, errHeld
	}
	polled.Owner, polled.Until = p.owner, p.now().Add(leaseTime)
	polled.Epoch++
	polled, err = p.db.Polled.Swap(ctx, polled)
	if errors.Is(err, store.ErrStale) {
		return nil, errHeld
	}
	if err != nil {
		return nil, fmt.Errorf("acquiring lease: %w", err)
	}
	p.log.Info("polling source", "source", s.Name, "epoch", polled.Epoch)
	return &desk{p: p, source: s, polled: polled}, nil
}

// free reports whether a lease can be taken. On a store that only one process can be using, a former process's lease holds nobody up.
func (p *Polling) free(polled store.Polled) bool {
	return polled.Owner == "" || polled.Until.Add(skew).Before(p.now()) || p.db.Exclusive()
}

// renew prolongs the lease until ctx ends, and reports its loss.
func (d *desk) renew(ctx context.Context, lose context.CancelCauseFunc) {
	tick := time.NewTicker(renewTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := d.prolong(ctx)
		if errors.Is(err, errLost) {
			lose(errLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			d.p.log.Warn("renewing lease", "source", d.source.Name, "err", err)
			if d.expired() {
				lose(errLost)
				return
			}
		}
	}
}

// prolong is given up in time to be tried again before the lease ends: a store that hangs is one that refuses.
func (d *desk) prolong(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, renewTime)
	defer cancel()
	return d.change(ctx, func(*store.Polled) {})
}

func (d *desk) expired() bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return !d.polled.Until.After(d.p.now())
}

// release gives the lease back, so that the next gateway need not wait for its end.
func (d *desk) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, skew)
	defer cancel()
	err := d.change(ctx, func(polled *store.Polled) { polled.Owner = "" })
	if err != nil && !errors.Is(err, errLost) {
		d.p.log.Warn("releasing lease", "source", d.source.Name, "err", err)
	}
}

// change writes the document with the lease prolonged, errLost if it is no longer ours.
func (d *desk) change(ctx context.Context, apply func(*store.Polled)) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	next := d.polled
	next.Until = d.p.now().Add(leaseTime)
	apply(&next)
	next, err := d.p.db.Polled.Swap(ctx, next)
	if errors.Is(err, store.ErrStale) {
		return errLost
	}
	if err == nil {
		d.polled = next
	}
	return err
}

// Accept stores an arrival in the inbox.
func (d *desk) Accept(ctx context.Context, a adapters.Arrival) error {
	_, _, err := d.p.box.Accept(ctx, inbox.Arrival{
		Source: d.source.Name, Adapter: d.source.Kind, Key: a.Key, ContentType: a.ContentType, Header: a.Header, Body: a.Body, ReceivedAt: a.ReceivedAt,
	})
	return err
}

// lookedUp is how many deliveries are read at a time: they come with their bodies.
const lookedUp = 100

// Accepted looks for the deliveries of keys.
func (d *desk) Accepted(ctx context.Context, keys []string) (map[string]bool, error) {
	accepted := make(map[string]bool, len(keys))
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = d.p.db.Salt.ID(contact.DeliveryPrefix, d.source.Name, key)
	}
	for begin := 0; begin < len(ids); begin += lookedUp {
		end := min(begin+lookedUp, len(ids))
		found, err := d.p.db.Deliveries.FindAll(ctx, ids[begin:end]...)
		if err != nil {
			return nil, err
		}
		for i := begin; i < end; i++ {
			_, accepted[keys[i]] = found[ids[i]]
		}
	}
	return accepted, nil
}

// Place reads what the adapter saved last.
func (d *desk) Place(into any) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.polled.Place == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(d.polled.Place), into); err != nil {
		return fmt.Errorf("reading place: %w", err)
	}
	return nil
}

// Save keeps the adapter's place and its units.
func (d *desk) Save(ctx context.Context, place any, units []contact.Unit) error {
	text, err := json.Marshal(place)
	if err != nil {
		return fmt.Errorf("saving place: %w", err)
	}
	before, judged := map[string]contact.Unit{}, make([]contact.Unit, len(units))
	if err := d.change(ctx, func(polled *store.Polled) {
		for _, u := range polled.Units {
			before[u.Name] = u
		}
		for i, u := range units {
			judged[i] = u.Judged(before[u.Name])
		}
		polled.Place, polled.Units = string(text), judged
	}); err != nil {
		return fmt.Errorf("saving place: %w", err)
	}
	return d.tell(ctx, before, judged)
}

// tell records an event for each unit that became red or is so no longer. The event is known by the unit and its state's beginning; so one that a crash swallowed between the two writes is all that can be missing.
func (d *desk) tell(ctx context.Context, before map[string]contact.Unit, now []contact.Unit) error {
	for _, u := range now {
		if (u.Red == "") == (before[u.Name].Red == "") {
			continue
		}
		health := "green"
		if u.Red != "" {
			health = "red"
			d.p.log.Warn("source is red", "source", d.source.Name, "state", u.State, "reason", u.Red)
		}
		data := []contact.Pair{{Name: "unit", Value: u.Name}, {Name: "health", Value: health}, {Name: "state", Value: string(u.State)}, {Name: "reason", Value: u.Red}}
		e := events.New(d.p.db, events.SourceHealthChanged, d.source.Name, data, d.source.Name, u.Name, health, u.Since.String())
		if err := events.Record(ctx, d.p.db, e); err != nil {
			return err
		}
	}
	return nil
}
