package organizations

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Query is what figures are asked for.
type Query struct {
	Organization string
	By           Step
	Zone         *time.Location
	Since, Until time.Time // of the interactions that are counted; zero: no bound
	Most         int       // how many are counted, the latest first
	// Roots says which profile speaks for each of some.
	Roots func(ctx context.Context, profiles []string) (map[string]string, error)
}

// Figures are the interactions of an organization, counted.
type Figures struct {
	Count
	Complete     bool // false: only the latest were counted
	CountedSince time.Time
	Channels     []ChannelCount
	Periods      []Period      // those in which there was something, the earliest first
	Members      []MemberCount // people, the most frequent first
	FirstContact *time.Time    // of theirs, ever
	LastContact  *time.Time
}

// Count is a number of interactions.
type Count struct {
	Interactions int64 `json:"interactions"`
	Inbound      int64 `json:"inbound" doc:"Of these, the customer's own contacts."`
}

func (c *Count) add(in contact.Interaction) {
	c.Interactions++
	if in.Direction == contact.FromCustomer {
		c.Inbound++
	}
}

// ChannelCount is those of one channel.
type ChannelCount struct {
	Channel string `json:"channel"`
	Count
}

// Period is those of one day, week or month.
type Period struct {
	Date   string    `json:"date" doc:"Its first day, in the workspace's time zone." example:"2026-03-29"`
	Starts time.Time `json:"starts" doc:"When that day begins."`
	Count
	Channels []ChannelCount `json:"channels"`
}

// MemberCount is those of one person.
type MemberCount struct {
	ProfileID string `json:"profile_id" doc:"Who speaks for the person now; empty: nobody's."`
	Count
	Last time.Time `json:"last"`
}

// maxOutbound bounds how many of our own messages are passed over in search of a contact of theirs.
const maxOutbound = 1000

// Figures counts an organization's interactions.
func (o *Organizations) Figures(ctx context.Context, q Query) (Figures, error) {
	t := tally{query: q, channels: map[string]Count{}, periods: map[string]map[string]Count{}, members: map[string]MemberCount{}}
	complete, err := o.count(ctx, &t)
	if err != nil {
		return Figures{}, err
	}
	f := t.figures()
	f.Complete = complete
	if f.Members, err = t.people(ctx); err != nil {
		return f, err
	}
	if f.FirstContact, err = o.contacted(ctx, q.Organization, false); err != nil {
		return f, err
	}
	f.LastContact, err = o.contacted(ctx, q.Organization, true)
	return f, err
}

// count reads the interactions; true if all of them were.
func (o *Organizations) count(ctx context.Context, t *tally) (bool, error) {
	r := store.Range{Index: "organization", Equal: []any{t.query.Organization}, Descending: true}
	if !t.query.Since.IsZero() {
		r.Lower = contact.Instant(t.query.Since)
	}
	if !t.query.Until.IsZero() {
		r.Upper = contact.Instant(t.query.Until)
	}
	for left := t.query.Most; left > 0; left -= r.Limit {
		r.Limit = min(left, store.MaxLimit)
		page, next, err := o.db.Interactions.List(ctx, r)
		if err != nil {
			return false, err
		}
		for _, in := range page {
			t.add(in)
		}
		if next == nil {
			return true, nil
		}
		r.After = next
	}
	return false, nil
}

// contacted is when somebody of the organization first, or last, contacted us.
func (o *Organizations) contacted(ctx context.Context, organization string, last bool) (*time.Time, error) {
	r := store.Range{Index: "organization", Equal: []any{organization}, Descending: last, Limit: 20}
	for read := 0; read < maxOutbound; read += r.Limit {
		page, next, err := o.db.Interactions.List(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, in := range page {
			if in.Direction == contact.FromCustomer {
				return &in.OccurredAt, nil
			}
		}
		if next == nil {
			return nil, nil
		}
		r.After = next
	}
	return nil, nil
}

// tally is figures while they are counted.
type tally struct {
	query    Query
	all      Count
	since    time.Time
	channels map[string]Count
	periods  map[string]map[string]Count // by date and channel
	members  map[string]MemberCount      // by profile
}

func (t *tally) add(in contact.Interaction) {
	channel, date := string(in.Channel), t.query.By.date(in.OccurredAt, t.query.Zone)
	t.all.add(in)
	t.since = in.OccurredAt
	if t.periods[date] == nil {
		t.periods[date] = map[string]Count{}
	}
	for _, counts := range []map[string]Count{t.channels, t.periods[date]} {
		c := counts[channel]
		c.add(in)
		counts[channel] = c
	}
	m := t.members[in.ProfileID]
	m.add(in)
	if m.Last.Before(in.OccurredAt) {
		m.Last = in.OccurredAt
	}
	t.members[in.ProfileID] = m
}

// figures are what was counted, but for the people.
func (t *tally) figures() Figures {
	f := Figures{Count: t.all, CountedSince: t.since, Channels: byChannel(t.channels), Periods: []Period{}}
	for _, date := range slices.Sorted(maps.Keys(t.periods)) {
		p := Period{Date: date, Starts: startOf(date, t.query.Zone), Channels: byChannel(t.periods[date])}
		for _, c := range p.Channels {
			p.Interactions, p.Inbound = p.Interactions+c.Interactions, p.Inbound+c.Inbound
		}
		f.Periods = append(f.Periods, p)
	}
	return f
}

func byChannel(counts map[string]Count) []ChannelCount {
	all := []ChannelCount{}
	for _, channel := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, ChannelCount{channel, counts[channel]})
	}
	return all
}

// people are the members as who they are now: profiles of one person are counted as one.
func (t *tally) people(ctx context.Context) ([]MemberCount, error) {
	profiles := slices.DeleteFunc(slices.Sorted(maps.Keys(t.members)), func(id string) bool { return id == "" })
	roots, err := t.query.Roots(ctx, profiles)
	if err != nil {
		return nil, err
	}
	persons := map[string]MemberCount{}
	for profile, m := range t.members {
		person := persons[roots[profile]]
		person.ProfileID = roots[profile]
		person.Interactions, person.Inbound = person.Interactions+m.Interactions, person.Inbound+m.Inbound
		if person.Last.Before(m.Last) {
			person.Last = m.Last
		}
		persons[person.ProfileID] = person
	}
	return slices.SortedFunc(maps.Values(persons), func(a, b MemberCount) int {
		return cmp.Or(cmp.Compare(b.Interactions, a.Interactions), cmp.Compare(a.ProfileID, b.ProfileID))
	}), nil
}
