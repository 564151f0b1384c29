package lookup

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
	"usher/matching"
	"usher/matching/block"
	"usher/matching/compare"
)

// News is what a contact brings: a new profile, or one that learned something.
type News struct {
	Before      *contact.Profile // what was known, and whose keys are stored; nil: the profile is new
	Profile     contact.Profile
	Interaction string
	At          time.Time
}

// Learn stores the keys that a profile gained, flags those who may be the same person, and scores its open flags again. Every step is an insert, else a compare-and-set, under an id that the pair alone decides, so it may run again at any time.
// The keys are written before others' are read: of two new profiles at least one finds the other.
func (l *Lookup) Learn(ctx context.Context, n News) error {
	began := time.Now()
	found, err := l.learn(ctx, n)
	if l.Watch != nil {
		l.Watch(Looked{Compared: found.Compared, Ignored: len(found.Ignored), Took: time.Since(began)})
	}
	if err != nil {
		return err
	}
	fresh, err := l.undecided(ctx, n.Profile.ID, found.Scored)
	if err != nil {
		return err
	}
	for _, s := range fresh {
		if err := l.insert(ctx, n, found, s); err != nil {
			return err
		}
	}
	if n.Before == nil {
		l.census.add(n.Profile)
		return nil
	}
	return l.rescore(ctx, n, found)
}

// Likely finds whom Learn would flag a profile with; it writes nothing.
func (l *Lookup) Likely(ctx context.Context, p contact.Profile) (Found, error) {
	found, err := l.Look(ctx, p, sampledFrom*l.Review.Least, block.MaxCandidates)
	found.Scored = l.chosen(p.ID, found.Scored)
	return found, err
}

// learn stores the keys that a profile gained and looks who else has them. Who shares only keys that it had was found when the later of the two gained them: what was flagged then is scored again, and what was not worth it then has not become so by anything that both now have, since that would be a key.
func (l *Lookup) learn(ctx context.Context, n News) (Found, error) {
	record, err := l.prepare(ctx, n.Profile)
	if err != nil {
		return Found{}, err
	}
	usable, ignored, err := l.usable(ctx, block.Keys(record))
	if err != nil {
		return Found{}, err
	}
	fresh := gained(usable, n.Before)
	if err := l.store(ctx, n.Profile.ID, fresh); err != nil {
		return Found{}, err
	}
	if err := l.markShared(ctx, record); err != nil {
		return Found{}, err
	}
	lists, hot, err := l.read(ctx, fresh)
	if err != nil {
		return Found{}, err
	}
	if err := l.mark(ctx, hot); err != nil {
		return Found{}, err
	}
	ignored = append(ignored, hot...)
	block.Crowd(record, ignored)
	found, err := l.rank(ctx, record, lists, ignored, choice{sampledFrom * l.Review.Least, block.MaxCandidates})
	found.Scored = l.chosen(n.Profile.ID, found.Scored)
	return found, err
}

// gained are the keys that a profile did not have before.
func gained(keys []block.Key, before *contact.Profile) []block.Key {
	if before == nil {
		return keys
	}
	had := block.Hashes(Keys(*before))
	return slices.DeleteFunc(slices.Clone(keys), func(k block.Key) bool { return slices.Contains(had, k.Hash) })
}

// undecided are those whom nobody has told apart from a profile.
func (l *Lookup) undecided(ctx context.Context, profile string, scored []matching.Scored) ([]matching.Scored, error) {
	ids := make([]string, len(scored))
	for i, s := range scored {
		ids[i] = l.db.Salt.NotSameID(profile, s.Record.ID)
	}
	decided, err := l.db.NotSame.FindAll(ctx, ids...)
	return slices.DeleteFunc(slices.Clone(scored), func(s matching.Scored) bool {
		return decided[l.db.Salt.NotSameID(profile, s.Record.ID)].Standing
	}), err
}

// insert flags a pair, and tells of it. One that is flagged already, whatever was decided about it, stays as it is, and is news only if this contact flagged it and may have stopped before it told.
func (l *Lookup) insert(ctx context.Context, n News, found Found, s matching.Scored) error {
	a, b := contact.OrderedPair(n.Profile.ID, s.Record.ID)
	d := contact.Duplicate{A: a, B: b, Status: contact.DuplicateOpen, CreatedBy: n.Interaction, Sampled: s.Probability < l.Review.Least, FlaggedAt: n.At, UpdatedAt: n.At}
	d.ID = l.db.Salt.ID(contact.DuplicatePrefix, a, b)
	err := l.db.Duplicates.Insert(ctx, judged(d, n.Profile.ID, found.Verdict(s)))
	if errors.Is(err, store.ErrExists) {
		var there map[string]contact.Duplicate
		if there, err = l.db.Duplicates.FindAll(ctx, d.ID); there[d.ID].CreatedBy != n.Interaction {
			return err
		}
	}
	if err != nil {
		return err
	}
	return l.tell(ctx, events.DuplicateFlagged, d, n.Interaction)
}

// tell says to those who follow that a pair was flagged, or scored again. The last word of the key is what makes it another piece of news.
func (l *Lookup) tell(ctx context.Context, t events.Type, d contact.Duplicate, by string, key ...string) error {
	e := events.New(l.db, t, d.ID, []contact.Pair{{Name: "a", Value: d.A}, {Name: "b", Value: d.B}}, append([]string{d.ID}, key...)...)
	e.By = by
	return events.Record(ctx, l.db, e)
}

// judged is a flag with a verdict. The evidence's left side is a's.
func judged(d contact.Duplicate, of string, v matching.Verdict) contact.Duplicate {
	d.Probability, d.Rank, d.Band = v.Probability, contact.RankOf(v.Probability), v.Band
	d.Calibrated, d.Model, d.Evidence, d.Ignored = v.Calibrated, v.Model, v.Evidence, v.Ignored
	if d.A != of {
		for i := range d.Evidence {
			d.Evidence[i].Left, d.Evidence[i].Right = d.Evidence[i].Right, d.Evidence[i].Left
		}
	}
	return d
}

// rescore scores the open flags of a profile that learned something. What was decided stays decided, and a pair that one contact carried both identities of stays what it is.
func (l *Lookup) rescore(ctx context.Context, n News, found Found) error {
	flags, err := l.db.FlagsOf(ctx, n.Profile.ID, maxRescore)
	if err != nil {
		return err
	}
	for _, d := range flags {
		if d.Status != contact.DuplicateOpen || d.Model == matching.SameContactModel {
			continue
		}
		if err := l.rescoreOne(ctx, n, found, d); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lookup) rescoreOne(ctx context.Context, n News, found Found, d contact.Duplicate) error {
	other := d.A
	if other == n.Profile.ID {
		other = d.B
	}
	p, known := found.people[other]
	if !known {
		read, err := l.db.Profiles.FindAll(ctx, other)
		if err != nil || len(read) == 0 || read[other].Erased() {
			return err
		}
		p = read[other]
	}
	s := found.matcher.Score(found.Record, compare.Prepare(profileOf(p, nil)))
	if d.Model == l.Model.Version && math.Abs(s.Probability-d.Probability) < noticeable {
		return nil
	}
	d = judged(d, n.Profile.ID, found.Verdict(s))
	d.UpdatedAt = n.At
	d.Sampled = d.Sampled && d.Probability < l.Review.Least // one that has become likely would be in the queue anyway
	if err := l.tell(ctx, events.DuplicateUpdated, d, n.Interaction, strconv.FormatInt(d.Version+1, 10)); err != nil {
		return err
	}
	_, err := l.db.Duplicates.Swap(ctx, d)
	if errors.Is(err, store.ErrStale) { // somebody decides about it, or has scored it with what they know
		return nil
	}
	return err
}

// noticeable is by how much a probability must change to be written again.
const noticeable = 0.005
