package ingest

import (
	"context"
	"slices"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
	"usher/matching"
)

// silence is how long nothing is heard of a number's holder before another language on it may be the next subscriber's: networks give numbers out again after a few months.
const silence = 180 * 24 * time.Hour

// passedOn finds the numbers of a contact that may have been given to somebody else since: no name tells who it is, and after a long silence another language is spoken. It goes by the times of the contacts and no clock.
func (g *Ingest) passedOn(ctx context.Context, h *holders, c *inbound) error {
	h.passedOn = map[string]bool{}
	for _, p := range c.points {
		held := h.of(p)
		if p.Scheme != contact.Tel || len(h.people(held)) != 1 {
			continue
		}
		profiles := distinctProfiles(held)
		if slices.ContainsFunc(profiles, func(id string) bool { return !foreignTo(h.profiles[id], c) }) {
			continue
		}
		last, err := g.lastHeard(ctx, profiles)
		if err != nil {
			return err
		}
		h.passedOn[p.Of] = !last.IsZero() && c.at().Sub(last) > silence
	}
	return nil
}

// lastHeard is when the last interaction of some profiles was; zero if they have none.
func (g *Ingest) lastHeard(ctx context.Context, profiles []string) (at time.Time, err error) {
	for _, id := range profiles {
		last, _, err := g.db.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{id}, Descending: true, Limit: 1})
		if err != nil {
			return at, err
		}
		if len(last) > 0 {
			at = later(at, last[0].OccurredAt)
		}
	}
	return at, nil
}

// foreignTo reports whether a contact is in a language that a profile was never heard in, and by no name its.
func foreignTo(p contact.Profile, c *inbound) bool {
	return c.language != "" && len(p.Languages) > 0 && compare(p, c.name) == matching.Unknown &&
		!slices.ContainsFunc(p.Languages, func(known string) bool { return primary(known) == primary(c.language) })
}

// primary is the language of a BCP 47 tag without script and region.
func primary(tag string) string {
	language, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return language
}
