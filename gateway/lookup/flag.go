package lookup

import (
	"context"
	"errors"
	"maps"
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
	Told        time.Time // how late in the feed the contact stands: its flags come after
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
func (l *Lookup) Likely(ctx context.Context, n News) (Found, error) {
	found, err := l.lookSince(ctx, n.Profile, n.Before, l.worthFlagging())
	found.Scored = l.chosen(n.Profile.ID, found.Scored)
	return found, err
}

// learn stores the keys that a profile gained and looks who else has them. Who shares only keys that it had was found when the later of the two gained them: what was flagged then is scored again, and what was not worth it then has not become so by anything that both now have, since that would be a key.
func (l *Lookup) learn(ctx context.Context, n News) (Found, error) {
	k, err := l.keyed(ctx, n.Profile, n.Before)
	if err != nil {
		return Found{}, err
	}
	if err := l.store(ctx, n.Profile.ID, k.fresh); err != nil {
		return Found{}, err
	}
	if err := l.markShared(ctx, k.record); err != nil {
		return Found{}, err
	}
	found, turned, err := l.among(ctx, k, l.worthFlagging())
	if err == nil {
		err = l.mark(ctx, turned)
	}
	found.Scored = l.chosen(n.Profile.ID, found.Scored)
	return found, err
}

// worthFlagging are those of whom the flagged ones are chosen.
func (l *Lookup) worthFlagging() choice {
	return choice{sampledFrom * l.Review.Least, block.MaxCandidates}
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
	d := contact.Duplicate{A: a, B: b, Status: contact.DuplicateOpen, CreatedBy: n.Interaction, Sampled: s.Probability < l.Review.Least, FlaggedAt: n.At}
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
	return l.tellAfter(ctx, n.Told, events.DuplicateFlagged, d, n.Interaction)
}

// tell says to those who follow that a pair was flagged, or scored again. The last word of the key is what makes it another piece of news.
func (l *Lookup) tell(ctx context.Context, t events.Type, d contact.Duplicate, by string, key ...string) error {
	return l.tellAfter(ctx, time.Time{}, t, d, by, key...)
}

// tellAfter is tell of what follows from what was told at a time.
func (l *Lookup) tellAfter(ctx context.Context, after time.Time, t events.Type, d contact.Duplicate, by string, key ...string) error {
	e := events.New(l.db, t, d.ID, []contact.Pair{{Name: "a", Value: d.A}, {Name: "b", Value: d.B}}, append([]string{d.ID}, key...)...)
	e.By = by
	return events.RecordAfter(ctx, l.db, after, e)
}

// judged is a flag with a verdict, and when it was given. The evidence's left side is a's. What contacts carried of both stands beside it.
func judged(d contact.Duplicate, of string, v matching.Verdict) contact.Duplicate {
	d.Calibrated, d.Model, d.Ignored = v.Calibrated, v.Model, v.Ignored
	d = likely(d, v)
	return carrying(d, slices.Concat(facing(d, of, v.Evidence), contact.Carried(d.Evidence)))
}

// likely is a flag with the probability of a verdict.
func likely(d contact.Duplicate, v matching.Verdict) contact.Duplicate {
	d.Probability, d.Rank, d.Band = v.Probability, contact.RankOf(v.Probability), v.Band
	return d
}

// carrying is a flag with other evidence. With a contact that carried contact points of both it is at least as likely as by that alone, and then no score's any more.
func carrying(d contact.Duplicate, evidence []contact.Evidence) contact.Duplicate {
	if alone := matching.SameContact(); len(contact.Carried(evidence)) > 0 && d.Probability < alone.Probability {
		d = likely(d, alone)
		d.Calibrated, d.Model, d.Sampled = alone.Calibrated, alone.Model, false
	}
	return with(d, evidence)
}

// facing is evidence as a flag holds it.
func facing(d contact.Duplicate, of string, evidence []contact.Evidence) []contact.Evidence {
	if d.A != of {
		for i := range evidence {
			evidence[i].Left, evidence[i].Right = evidence[i].Right, evidence[i].Left
		}
	}
	return evidence
}

// with is a flag with other evidence.
func with(d contact.Duplicate, evidence []contact.Evidence) contact.Duplicate {
	d.UpdatedAt = store.Now()
	if len(contact.Beyond(contact.Strong(evidence), contact.Strong(d.Evidence))) > 0 {
		d.GainedAt = d.UpdatedAt
	}
	d.Evidence = evidence
	return d
}

// rescore scores the flags of a profile that learned something, open and dismissed ones: what was decided stays decided, until there is strong evidence that those who decided did not see.
func (l *Lookup) rescore(ctx context.Context, n News, found Found) error {
	flags, err := l.db.FlagsOf(ctx, n.Profile.ID, maxRescore)
	if err != nil {
		return err
	}
	if len(flags) >= maxRescore { // those who share what was learned must be among them
		if flags, err = l.andChosen(ctx, n.Profile.ID, flags, found.Scored); err != nil {
			return err
		}
	}
	for _, d := range flags {
		if err := l.rescoreOne(ctx, n, found, d); err != nil {
			return err
		}
	}
	return nil
}

// andChosen adds the flags of a profile with those that a lookup chose.
func (l *Lookup) andChosen(ctx context.Context, profile string, flags []contact.Duplicate, chosen []matching.Scored) ([]contact.Duplicate, error) {
	ids := make([]string, len(chosen))
	for i, s := range chosen {
		a, b := contact.OrderedPair(profile, s.Record.ID)
		ids[i] = l.db.Salt.ID(contact.DuplicatePrefix, a, b)
	}
	found, err := l.db.Duplicates.FindAll(ctx, ids...)
	for _, d := range flags {
		delete(found, d.ID)
	}
	return slices.AppendSeq(flags, maps.Values(found)), err
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
	for {
		again, changed := l.rejudged(d, n.Profile.ID, found.Verdict(s))
		if !changed {
			return nil
		}
		if err := l.tellRejudged(ctx, n.Interaction, d, again); err != nil {
			return err
		}
		_, err := l.db.Duplicates.Swap(ctx, again)
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		now, err := l.db.Duplicates.FindAll(ctx, d.ID)
		if there, ok := now[d.ID]; err != nil || !ok || there.Rank != d.Rank || !slices.EqualFunc(there.Evidence, d.Evidence, contact.Evidence.SameValues) {
			return err // it is gone, or somebody has scored it with what they know
		}
		d = now[d.ID] // it was snoozed or given to somebody
	}
}

// rejudged is a flag with a new verdict, and whether that is worth writing: another probability or model, or other strong evidence, which people are to see however certain the pair was. A pair that one contact carried both identities of keeps its model and probability, and gains what is strong.
func (l *Lookup) rejudged(d contact.Duplicate, of string, v matching.Verdict) (again contact.Duplicate, changed bool) {
	if d.Model == matching.SameContactModel {
		gained := contact.Beyond(contact.Strong(facing(d, of, v.Evidence)), d.Evidence)
		return with(d, slices.Concat(d.Evidence, gained)), len(gained) > 0
	}
	again = judged(d, of, v)
	again.Sampled = again.Sampled && again.Probability < l.Review.Least // one that has become likely would be in the queue anyway
	before, after := contact.Strong(d.Evidence), contact.Strong(again.Evidence)
	changed = d.Model != again.Model || math.Abs(again.Probability-d.Probability) >= noticeable ||
		len(contact.Beyond(after, before)) > 0 || len(contact.Beyond(before, after)) > 0
	return again, changed
}

// noticeable is by how much a probability must change to be written again.
const noticeable = 0.005

// tellRejudged says that a flag was scored again, and that it is open again if its new evidence does that: after its dismissal, which may be of this moment and not be told yet. It comes first: whoever stops before the flag is written does both again.
func (l *Lookup) tellRejudged(ctx context.Context, by string, before, after contact.Duplicate) error {
	version := strconv.FormatInt(before.Version+1, 10)
	if err := l.tell(ctx, events.DuplicateUpdated, after, by, version); err != nil {
		return err
	}
	overturned, err := l.people.Overturns(ctx, before, after)
	if err != nil || overturned == nil {
		return err
	}
	dismissed, err := l.teller.Tell(ctx, *overturned, time.Time{})
	if err != nil {
		return err
	}
	return l.tellAfter(ctx, dismissed, events.DuplicateReopened, after, by, version)
}
