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
		people := distinctProfiles(h.of(p))
		if p.Scheme != contact.Tel || len(people) != 1 || !foreignTo(h.profiles[people[0]], c) {
			continue
		}
		last, _, err := g.db.Interactions.List(ctx, store.Range{Index: "profile", Equal: []any{people[0]}, Descending: true, Limit: 1})
		if err != nil {
			return err
		}
		h.passedOn[p.Of] = len(last) > 0 && c.event.Inbound.Data.Times.OccurredAt.Sub(last[0].OccurredAt) > silence
	}
	return nil
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
