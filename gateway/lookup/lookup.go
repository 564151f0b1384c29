// Package lookup finds the profiles that may be one person with a given one, and flags the likely ones for review. It reads keys, profiles and identities with bounds, whatever the store holds, and merges nothing.
package lookup

import (
	"context"
	"maps"
	"time"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/block"
	"usher/matching/compare"
	"usher/matching/weights"
)

// Bounds of one lookup.
const (
	maxRows    = 250 // keys of other profiles that candidates are taken from
	maxFlags   = 3   // of one contact
	maxRescore = 16  // open flags of a profile that learned something
)

// Review says which pairs are worth people's time.
type Review struct {
	Least  float64 // the probability from which a pair is flagged; the queue is read from its likeliest end, and pairs that are not stored could never be chosen
	Sample float64 // the share of the pairs below, down to sampledFrom of it, that are flagged all the same: else decisions would hold only what was thought likely
}

// DefaultReview is what a gateway does that was told nothing else.
var DefaultReview = Review{Least: 0.1, Sample: 0.05}

// sampledFrom is the part of the threshold from which pairs are drawn for a sample: below, all but everything is different people, and a share of it would bury the queue.
const sampledFrom = 0.3

// Lookup looks through the profiles of one store.
type Lookup struct {
	db     *store.DB
	people *people.People // says whether a flag stands dismissed
	teller *events.Teller
	census census

	// Model scores. It must not change while the gateway works.
	Model *weights.Model

	// Review says what is flagged. It must not change while the gateway works.
	Review Review

	// Watch, if set, is told of every lookup.
	Watch func(Looked)
}

// Looked is what one lookup took.
type Looked struct {
	Compared int // candidates
	Ignored  int // hot keys
	Took     time.Duration
}

// New looks through a store's profiles with the model that Usher comes with.
func New(db *store.DB) *Lookup {
	return &Lookup{db: db, people: people.New(db), teller: events.NewTeller(db), Model: weights.Shipped(), Review: DefaultReview}
}

// Found is who a profile may be.
type Found struct {
	Record   *compare.Record
	Scored   []matching.Scored // the likeliest first
	Ignored  []block.Key       // too many have them
	Compared int

	matcher matching.Matcher
	people  map[string]contact.Profile // those who were compared
}

// Verdict explains one of those found.
func (f Found) Verdict(s matching.Scored) matching.Verdict {
	return f.matcher.Verdict(f.Record, s, f.Ignored)
}

// Person is one of those who were compared.
func (f Found) Person(id string) contact.Profile { return f.people[id] }

// Look finds at most limit profiles that may be p's person, of at least a probability; it writes nothing.
func (l *Lookup) Look(ctx context.Context, p contact.Profile, least float64, limit int) (Found, error) {
	return l.lookSince(ctx, p, nil, choice{least, limit})
}

// lookSince is Look among those who share a key that a profile did not have before.
func (l *Lookup) lookSince(ctx context.Context, p contact.Profile, before *contact.Profile, c choice) (Found, error) {
	k, err := l.keyed(ctx, p, before)
	if err != nil {
		return Found{}, err
	}
	found, _, err := l.among(ctx, k, c)
	return found, err
}

// keyed is a profile as it is compared, with its keys.
type keyed struct {
	record *compare.Record
	fresh  []block.Key // those that are not known to be hot and that it did not have before
	hot    []block.Key
}

func (l *Lookup) keyed(ctx context.Context, p contact.Profile, before *contact.Profile) (k keyed, err error) {
	if k.record, err = l.prepare(ctx, p); err != nil {
		return k, err
	}
	usable, hot, err := l.usable(ctx, block.Keys(k.record))
	k.fresh, k.hot = gained(usable, before), hot
	return k, err
}

// among ranks those who have the fresh keys too, and names the keys that turned out to be hot.
func (l *Lookup) among(ctx context.Context, k keyed, c choice) (found Found, turned []block.Key, err error) {
	lists, turned, err := l.read(ctx, k.fresh)
	if err != nil {
		return Found{}, nil, err
	}
	hot := append(k.hot, turned...)
	block.Crowd(k.record, hot)
	found, err = l.rank(ctx, k.record, lists, hot, c)
	return found, turned, err
}

// choice is how many are chosen of those found.
type choice struct {
	least float64
	limit int
}

// rank scores those who share keys.
func (l *Lookup) rank(ctx context.Context, record *compare.Record, lists [][]string, ignored []block.Key, c choice) (Found, error) {
	f := Found{Record: record, Ignored: ignored, matcher: matching.Matcher{Model: l.Model, Frequencies: &l.census}}
	profiles, err := l.census.of(ctx, l.db)
	lists = without(lists, record.ID)
	if err != nil || len(lists) == 0 {
		return f, err
	}
	if f.people, err = l.db.Profiles.FindAll(ctx, block.Rank(lists, profiles)...); err != nil {
		return f, err
	}
	maps.DeleteFunc(f.people, func(_ string, p contact.Profile) bool { return p.Erased() })
	candidates := make([]*compare.Record, 0, len(f.people))
	for _, p := range f.people {
		candidates = append(candidates, compare.Prepare(profileOf(p, nil)))
	}
	f.Compared = len(candidates)
	f.Scored = f.matcher.Rank(record, candidates, c.least, c.limit)
	return f, nil
}

// prepare brings a profile into its comparable forms.
func (l *Lookup) prepare(ctx context.Context, p contact.Profile) (*compare.Record, error) {
	known, err := l.Compared(ctx, p)
	if err != nil {
		return nil, err
	}
	return compare.Prepare(known), nil
}

// Compared is all that is known of a profile, as it is compared, with how many share its contact points.
func (l *Lookup) Compared(ctx context.Context, p contact.Profile) (compare.Profile, error) {
	shared, err := l.sharing(ctx, p)
	if err != nil {
		return compare.Profile{}, err
	}
	return profileOf(p, shared), nil
}
