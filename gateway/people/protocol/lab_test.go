package protocol_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
)

// lab runs universes on one store. Each run has profiles of its own; the log goes on.
type lab struct {
	db     *store.DB // sees what is stored, unscheduled
	people *people.People
	seat   *schedule.Gate
	slots  []slot
	memory *schedule.Memory // nil: another store
	label  string
	runs   int
}

// slot is a worker's own view of the store.
type slot struct {
	gate   *schedule.Gate
	db     *store.DB
	people *people.People
}

const maxProcesses = 6

func newLab(t testing.TB, driver store.Driver) *lab {
	l := &lab{runs: int(rand.Int64())}
	l.memory, _ = driver.(*schedule.Memory)
	for i := range maxProcesses + 1 {
		g := &schedule.Gate{Driver: driver}
		db, err := store.Open(t.Context(), g)
		require.NoError(t, err)
		if i == maxProcesses {
			l.seat, l.db, l.people = g, db, people.New(db)
			break
		}
		if l.memory != nil {
			g.Describe = describe
		}
		l.slots = append(l.slots, slot{g, db, people.New(db)})
	}
	return l
}

// describe says what processes act on in a document: all but the times. It is called at every step of a search.
func describe(doc any) string {
	switch d := doc.(type) {
	case *contact.Decision:
		return strconv.FormatInt(d.N, 10) + " " + d.Op + " " + d.Kind + " " + d.A + " " + d.B + " " + d.Of
	case *contact.Profile:
		return d.ID + " " + strconv.FormatInt(d.Version, 10) + " " + d.MergedInto + " " + strconv.FormatInt(d.TreeSeq, 10) + " " + strconv.FormatBool(d.Erased())
	case *contact.NotSame:
		return d.A + " " + d.B + " " + strconv.FormatInt(d.Version, 10) + " " + strconv.FormatBool(d.Standing) + " " + strconv.FormatInt(d.Seq, 10)
	case *store.Erasure:
		return d.ID
	}
	return fmt.Sprintf("%T", doc)
}

// trial is one run of a universe.
type trial struct {
	*lab
	universe
	work    []int // the operation of each process; one that is there twice is run by two workers
	first   int64 // the number before the first of its decisions
	results []string
}

// prepare makes the profiles and decides what was decided before. In memory, every trial begins with the same store.
func (l *lab) prepare(u universe, again ...int) (*trial, error) {
	l.runs++
	l.label = fmt.Sprintf("run%d-", l.runs)
	tr := &trial{lab: l, universe: u, work: slices.Concat(upTo(len(u.wanted)), again)}
	tr.results = make([]string, len(tr.work))
	ctx := context.Background()
	for _, p := range u.profiles {
		if err := l.db.Profiles.Insert(ctx, contact.Profile{Document: contact.Document{ID: tr.id(p)}}); err != nil {
			return tr, err
		}
	}
	last, _, err := l.db.Decisions.List(ctx, store.Range{Index: "n", Descending: true, Limit: 1})
	if err != nil {
		return tr, err
	}
	if len(last) > 0 {
		tr.first = last[0].N
	}
	for i, o := range u.before {
		if result, err := tr.do(slot{l.seat, l.db, l.people}, fmt.Sprint("i", i), o); result != "ok" || err != nil {
			return tr, fmt.Errorf("deciding %s before: %s %w", o, result, err)
		}
	}
	return tr, nil
}

// again is the same trial on a store as it was after prepare.
func (tr *trial) again(prepared *schedule.Memory) *trial {
	fresh := *tr
	fresh.results = make([]string, len(tr.work))
	tr.at(prepared.Clone())
	return &fresh
}

// at moves the lab to another store.
func (l *lab) at(m *schedule.Memory) {
	l.memory, l.seat.Driver = m, m
	for _, s := range l.slots {
		s.gate.Driver = m
	}
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func (tr *trial) id(profile string) string { return "prf_" + tr.label + profile }
func (tr *trial) name(id string) string    { return strings.TrimPrefix(id, "prf_"+tr.label) }

// round schedules the universe's operations.
func (tr *trial) round(l schedule.Limits, choose func(int) int) *schedule.Round {
	return &schedule.Round{
		Processes: len(tr.work), Limits: l, Choose: choose,
		Start: func(i int) *schedule.Process {
			at, name := tr.slots[i], tr.work[i]
			return at.gate.Start(func() (err error) {
				tr.results[i], err = tr.do(at, fmt.Sprint(name), tr.wanted[name])
				return err
			})
		},
		State: func() string {
			return tr.memory.Dump(describe, tr.db.Decisions.Schema(), tr.db.Profiles.Schema(), tr.db.NotSame.Schema(), tr.db.Erasures.Schema())
		},
	}
}

// do carries out an operation and says what it was answered: "ok", or the code of the refusal.
func (tr *trial) do(at slot, name string, o operation) (string, error) {
	ctx := context.Background()
	if o.kind == reading {
		return tr.read(ctx, at, o.a)
	}
	c := people.Change{Op: tr.label + name, Kind: o.kind, Who: "tester"}
	if o.a != "" {
		c.A = tr.id(o.a)
	}
	if o.b != "" {
		c.B = tr.id(o.b)
	}
	if o.of != "" {
		merges, _, err := at.db.Decisions.List(ctx, store.Range{Index: "op", Equal: []any{tr.label + o.of}, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(merges) == 0 {
			return "not_found", nil
		}
		c.Of = merges[0].ID
	}
	_, err := at.people.Decide(ctx, c)
	var refusal *contact.Error
	switch {
	case err == nil:
		return "ok", nil
	case errors.As(err, &refusal) && refusal.Code != "busy":
		return refusal.Code, nil
	}
	return "", err
}

func (tr *trial) read(ctx context.Context, at slot, profile string) (string, error) {
	person, err := at.people.Person(ctx, tr.id(profile))
	if contact.KindOf(err) == contact.NotFound {
		return "not_found", nil
	}
	if err != nil {
		return "", err
	}
	var members []string
	for _, id := range person.IDs() {
		members = append(members, tr.name(id))
	}
	root := members[0]
	slices.Sort(members)
	return fmt.Sprint(root, members), nil
}

// stored is what the store holds of the trial.
func (tr *trial) stored() (outcome, error) {
	ctx := context.Background()
	o := outcome{into: map[string]string{}, apart: map[string]bool{}, erased: map[string]bool{}}
	var ids []string
	for _, p := range tr.profiles {
		ids = append(ids, tr.id(p))
	}
	profiles, err := tr.db.Profiles.FindAll(ctx, ids...)
	if err != nil {
		return o, err
	}
	for id, p := range profiles {
		o.into[tr.name(id)] = tr.name(p.MergedInto)
		if p.Erased() {
			o.erased[tr.name(id)] = true
		}
	}
	for _, id := range ids {
		apart, _, err := tr.db.NotSame.List(ctx, store.Range{Index: "a", Equal: []any{id}, Limit: 100})
		if err != nil {
			return o, err
		}
		for _, n := range apart {
			if n.Standing {
				o.apart[pairOf(tr.name(n.A), tr.name(n.B))] = true
			}
		}
	}
	log, _, err := tr.db.Decisions.List(ctx, store.Range{Index: "n", Lower: tr.first + 1, Limit: 100})
	if err != nil {
		return o, err
	}
	for i, d := range log {
		if d.N != tr.first+1+int64(i) || d.ID != contact.TreeDecisionID(d.N) {
			return o, fmt.Errorf("the log is not dense: %d follows %d others", d.N, i)
		}
		o.log = append(o.log, entryOf(strings.TrimPrefix(d.Op, tr.label), d.Kind, tr.name(d.A), tr.name(d.B)))
	}
	return o, nil
}

// judge compares what is stored and what was answered with every serial order that respects what ended before something else began.
func (tr *trial) judge(r *schedule.Round) error {
	got, err := tr.stored()
	if err != nil {
		return err
	}
	if err := got.sound(); err != nil {
		return err
	}
	for _, order := range permutations(len(tr.wanted)) {
		want := serial(tr.universe, order)
		if got.sameState(want) && tr.answered(want) && (len(tr.work) > len(tr.wanted) || timely(r, order)) {
			return nil
		}
	}
	return fmt.Errorf("%s: no serial order gives %+v answered %v", tr.universe, got, tr.results)
}

// answered: of two runs of one operation one may be refused where the other succeeded, for a refusal writes nothing.
func (tr *trial) answered(want outcome) bool {
	for j, expected := range want.results {
		var given []string
		for i, w := range tr.work {
			if w == j {
				given = append(given, tr.results[i])
			}
		}
		if !slices.Contains(given, expected) || slices.Contains(given, "ok") != (expected == "ok") {
			return false
		}
	}
	return true
}

// timely: what had ended before an operation began comes before it.
func timely(r *schedule.Round, order []int) bool {
	for at, later := range order {
		for _, earlier := range order[at+1:] {
			if r.Before[later]>>earlier&1 == 1 {
				return false
			}
		}
	}
	return true
}
