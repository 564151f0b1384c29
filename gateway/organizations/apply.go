package organizations

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
	"usher/gateway/store"
)

// Preview is what applying a domain would do.
type Preview struct {
	Domain       string
	Members      int64
	Interactions int64
	Samples      []Sample
	Complete     bool // false: there was more than is looked at
}

// Bounds of what is read: by a preview, and by one step of an application, which a crash makes do again.
const (
	maxLooked = 2000
	stepSize  = 500
)

// Preview says who would become a member by a domain, registered or not, and how many interactions would be set. Errors are those of AddDomain.
func (o *Organizations) Preview(ctx context.Context, organization, raw string) (Preview, error) {
	name, err := domain.Parse(raw)
	if err != nil {
		return Preview{}, err
	}
	if _, err := o.Live(ctx, organization); err != nil {
		return Preview{}, err
	}
	id := o.db.Salt.DomainID(name)
	there, err := o.db.Domains.FindAll(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	if owner := there[id].OrganizationID; owner != "" && owner != organization {
		return Preview{}, taken()
	}
	w := o.walk(contact.Domain{Name: name, OrganizationID: organization}, maxLooked)
	done, err := w.advance(ctx)
	return Preview{Domain: name, Members: w.at.Members, Interactions: w.at.Interactions, Samples: w.Samples, Complete: done}, err
}

func (o *Organizations) walk(d contact.Domain, left int) *walk {
	return &walk{o: o, domain: d, left: left, longer: map[string]bool{}, seen: map[string]bool{}}
}

// Apply begins to apply a domain to what came before it was registered; one that is being applied goes on as it is. Work does it.
func (o *Organizations) Apply(ctx context.Context, organization, id, who string) (contact.Domain, error) {
	for range maxTries {
		d, err := o.Domain(ctx, organization, id)
		if err != nil || d.Queue == contact.Applying {
			return d, err
		}
		name, err := uuid.NewV7()
		if err != nil {
			return d, fmt.Errorf("naming application: %w", err)
		}
		d.Queue, d.Application = contact.Applying, &contact.Application{ID: contact.ApplicationPrefix + name.String(), Who: who, StartedAt: store.Now()}
		d, err = o.db.Domains.Swap(ctx, d)
		if errors.Is(err, store.ErrStale) {
			continue
		}
		select {
		case o.woken <- struct{}{}:
		default: // it is awake
		}
		return d, err
	}
	return contact.Domain{}, busy()
}

// Woken tells that a domain waits to be applied.
func (o *Organizations) Woken() <-chan struct{} { return o.woken }

// Work applies all domains that wait for it, step by step in turn. Any number of gateways may: a step that two do is done once.
func (o *Organizations) Work(ctx context.Context) error {
	for {
		waiting, _, err := o.db.Domains.List(ctx, store.Range{Index: "queue", Equal: []any{contact.Applying}, Limit: pageSize})
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, d := range waiting {
			if err := o.step(ctx, d); err != nil && !errors.Is(err, store.ErrStale) { // stale: it was released, or another gateway did this step
				return err
			}
		}
	}
}

// step carries an application one step further. What it does is safe to do twice, and what it has done is counted with the place it came to.
func (o *Organizations) step(ctx context.Context, d contact.Domain) error {
	w := o.walk(d, stepSize)
	w.at, w.writes = *d.Application, true
	done, err := w.advance(ctx)
	if err != nil {
		return err
	}
	d.Application = &w.at
	if done {
		d.Queue, d.Application.FinishedAt = "", store.Now()
	}
	_, err = o.db.Domains.Swap(ctx, d)
	return err
}
