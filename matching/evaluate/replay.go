package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Assignment is where a contact of a replay was recorded.
type Assignment struct {
	ID      string
	Profile string // empty: without a profile
	Outcome string // new, attached or none
}

// Flag is a pair of profiles that was flagged.
type Flag struct {
	Left, Right string
	Probability float64
}

// ReplayFigures are what counts of a replay, as the reference scorer names them.
type ReplayFigures struct {
	Contacts       int            `json:"contacts"`
	Profiles       int            `json:"profiles"`
	Persons        int            `json:"persons"`
	WithoutProfile int            `json:"without_profile"`
	Attached       int            `json:"attached"`
	WrongAttaches  int            `json:"wrong_attaches"`
	WrongNameless  int            `json:"wrong_nameless"` // nobody could know
	WrongPer1000   float64        `json:"wrong_per_1000_contacts"`
	WrongShare     float64        `json:"wrong_share_of_attaches"`
	WrongByTag     map[string]int `json:"wrong_by_tag"`

	DuplicatePairs    int             `json:"duplicate_pairs"`
	SurplusProfiles   int             `json:"surplus_profiles"`
	Flagged           int             `json:"flagged"`
	ReviewsPer1000    float64         `json:"reviews_per_1000_contacts"`
	AP                float64         `json:"AP"`
	BestF1            float64         `json:"best_F1"`
	Precision         float64         `json:"precision"`
	Recall            float64         `json:"recall"`
	Threshold         float64         `json:"threshold"`
	PrecisionAt500    float64         `json:"P@500"`
	RemovedAt500      float64         `json:"duplicates_removed@500"`
	PrecisionAt1000   float64         `json:"P@1000"`
	RemovedAt1000     float64         `json:"duplicates_removed@1000"`
	PrecisionAt2000   float64         `json:"P@2000"`
	RemovedAt2000     float64         `json:"duplicates_removed@2000"`
	PrecisionAt4000   float64         `json:"P@4000"`
	RemovedAt4000     float64         `json:"duplicates_removed@4000"`
	RecallAtPrecision float64         `json:"R@P.9"`
	ECE               float64         `json:"ECE"`
	Brier             float64         `json:"Brier"`
	Reliability       []ReliableTenth `json:"reliability"`

	CostPer1000 float64 `json:"cost_per_1000_contacts"`
}

// ReliableTenth is what was stated and seen of the flags of a tenth of the probabilities.
type ReliableTenth struct {
	Bin    float64 `json:"bin"`
	N      int     `json:"n"`
	Stated float64 `json:"stated"`
	Seen   float64 `json:"seen"`
}

// What mistakes cost beside a review of 1.
const (
	costWrongAttach   = 25
	costFalseAccept   = 5
	costDuplicateLeft = 2
)

// Replay measures a replay as the reference scorer does: a profile belongs to the person most of its contacts are from, and an attach is wrong if its contact's person is not the one that the profile belonged to just before it.
func Replay(contacts, truth Table, assignments []Assignment, flags []Flag) (ReplayFigures, error) {
	r, err := newReplay(contacts, truth)
	if err != nil {
		return ReplayFigures{}, err
	}
	replayed := map[string]bool{}
	for _, a := range assignments {
		if replayed[a.ID] {
			return ReplayFigures{}, fmt.Errorf("contact %s was replayed twice", a.ID)
		}
		replayed[a.ID] = true
		if err := r.attach(a); err != nil {
			return ReplayFigures{}, err
		}
	}
	for id := range r.person {
		if !replayed[id] {
			return ReplayFigures{}, fmt.Errorf("contact %s was not replayed", id)
		}
	}
	r.total(len(assignments))
	if err := r.queue(flags, len(assignments)); err != nil {
		return ReplayFigures{}, err
	}
	return r.figures, nil
}

// CheckTruth fails for a truth that Replay could not measure these contacts by, before any time is spent on them.
func CheckTruth(contacts, truth Table) error {
	_, err := newReplay(contacts, truth)
	return err
}

func newReplay(contacts, truth Table) (replay, error) {
	r := replay{person: map[string]string{}, tags: map[string][]string{}, named: map[string]bool{}, profiles: map[string]*tallied{}, hasName: map[string]bool{}}
	return r, r.read(contacts, truth)
}

type replay struct {
	person   map[string]string // of a contact
	tags     map[string][]string
	named    map[string]bool // contacts
	profiles map[string]*tallied
	hasName  map[string]bool // profiles
	figures  ReplayFigures
	cost     int
}

// tallied counts a profile's contacts by person.
type tallied struct {
	count map[string]int
	order []string // persons as they were first seen
}

// majority is the person with most contacts, of equals the one first seen.
func (t *tallied) majority() string {
	best := t.order[0]
	for _, p := range t.order[1:] {
		if t.count[p] > t.count[best] {
			best = p
		}
	}
	return best
}

func (r *replay) read(contacts, truth Table) error {
	names, err := contacts.Column("id", "display_name")
	if err != nil {
		return err
	}
	for id, name := range names {
		r.named[id] = strings.TrimSpace(name) != ""
	}
	if r.person, err = truth.Column("id", "person_id"); err != nil {
		return err
	}
	tags, err := truth.Column("id", "tags")
	for id, all := range tags {
		r.tags[id] = strings.FieldsFunc(all, func(c rune) bool { return c == '|' })
	}
	r.figures.WrongByTag = map[string]int{}
	if err != nil {
		return err
	}
	return r.about(names)
}

// about fails unless the truth is about the contacts, all of them and no others.
func (r *replay) about(contacts map[string]string) error {
	for id := range contacts {
		if _, known := r.person[id]; !known {
			return fmt.Errorf("the truth does not say whose contact %s is", id)
		}
	}
	for id := range r.person {
		if _, known := contacts[id]; !known {
			return fmt.Errorf("the truth names %s, and there is no such contact", id)
		}
	}
	return nil
}

func (r *replay) attach(a Assignment) error {
	who, f := r.person[a.ID], &r.figures
	if a.Outcome == "none" || a.Profile == "" {
		f.WithoutProfile++
		return nil
	}
	p := r.profiles[a.Profile]
	switch {
	case a.Outcome == "attached" && p == nil:
		return fmt.Errorf("%s: attached to a profile that no earlier contact created", a.ID)
	case a.Outcome != "attached" && p != nil:
		return fmt.Errorf("%s: new, but its profile exists", a.ID)
	case a.Outcome == "attached":
		f.Attached++
		r.judge(a, p.majority() != who)
	}
	if p == nil {
		p = &tallied{count: map[string]int{}}
		r.profiles[a.Profile] = p
	}
	if p.count[who] == 0 {
		p.order = append(p.order, who)
	}
	p.count[who]++
	r.hasName[a.Profile] = r.hasName[a.Profile] || r.named[a.ID]
	return nil
}

func (r *replay) judge(a Assignment, wrong bool) {
	switch {
	case !wrong:
	case !r.named[a.ID] && !r.hasName[a.Profile]:
		r.figures.WrongNameless++
	default:
		r.figures.WrongAttaches++
		for _, tag := range r.tags[a.ID] {
			r.figures.WrongByTag[tag]++
		}
		if len(r.tags[a.ID]) == 0 {
			r.figures.WrongByTag["untagged"]++
		}
	}
}

// total sums up what was attached.
func (r *replay) total(contacts int) {
	f := &r.figures
	perPerson := r.perPerson()
	f.Contacts, f.Profiles, f.Persons = contacts, len(r.profiles), len(perPerson)
	f.WrongPer1000 = rounded(1000*float64(f.WrongAttaches)/float64(max(contacts, 1)), 2)
	f.WrongShare = rounded(float64(f.WrongAttaches)/float64(max(f.Attached, 1)), 4)
	for _, n := range perPerson {
		f.DuplicatePairs += n * (n - 1) / 2
		f.SurplusProfiles += n - 1
	}
}

func (r *replay) perPerson() map[string]int {
	n := map[string]int{}
	for _, p := range r.profiles {
		n[p.majority()]++
	}
	return n
}

// judgedFlag is a flag and whether its profiles belong to one person.
type judgedFlag struct {
	Flag

	same bool
}

// queue measures the review queue, the best first.
func (r *replay) queue(flags []Flag, contacts int) error {
	all, err := r.judged(flags)
	if err != nil {
		return err
	}
	f := &r.figures
	f.Flagged = len(all)
	f.ReviewsPer1000 = rounded(1000*float64(len(all))/float64(max(contacts, 1)), 1)
	r.cost = costWrongAttach*f.WrongAttaches + len(all)
	if len(all) == 0 || f.DuplicatePairs == 0 {
		r.cost += costDuplicateLeft * f.SurplusProfiles
		f.CostPer1000 = rounded(1000*float64(r.cost)/float64(max(contacts, 1)), 1)
		return nil
	}
	r.curve(all)
	for _, cut := range []struct {
		n                  int
		precision, removed *float64
	}{{500, &f.PrecisionAt500, &f.RemovedAt500}, {1000, &f.PrecisionAt1000, &f.RemovedAt1000}, {2000, &f.PrecisionAt2000, &f.RemovedAt2000}, {4000, &f.PrecisionAt4000, &f.RemovedAt4000}} {
		first := all[:min(cut.n, len(all))]
		*cut.precision = rounded(float64(countSame(first))/float64(len(first)), 4)
		*cut.removed = rounded(float64(joins(first))/float64(f.SurplusProfiles), 4)
	}
	r.reliability(all)
	for _, one := range all {
		if one.Probability >= .5 && !one.same {
			r.cost += costFalseAccept
		}
	}
	r.cost += costDuplicateLeft * (f.SurplusProfiles - joins(all))
	f.CostPer1000 = rounded(1000*float64(r.cost)/float64(contacts), 1)
	return nil
}

// judged are the flags of each pair's latest probability, the likeliest first.
func (r *replay) judged(flags []Flag) ([]judgedFlag, error) {
	latest := map[[2]string]int{}
	for i, one := range flags {
		latest[[2]string{min(one.Left, one.Right), max(one.Left, one.Right)}] = i
	}
	var all []judgedFlag
	for i, one := range flags {
		if one.Left == one.Right || latest[[2]string{min(one.Left, one.Right), max(one.Left, one.Right)}] != i {
			continue
		}
		left, right := r.profiles[one.Left], r.profiles[one.Right]
		if left == nil || right == nil {
			return nil, fmt.Errorf("a flag names a profile that no contact was assigned to")
		}
		all = append(all, judgedFlag{one, left.majority() == right.majority()})
	}
	slices.SortStableFunc(all, func(a, b judgedFlag) int { return cmp.Compare(b.Probability, a.Probability) })
	return all, nil
}

// curve walks down the queue, ties taken whole.
func (r *replay) curve(all []judgedFlag) {
	f := &r.figures
	tp, before, area := 0, 0.0, 0.0
	for i, one := range all {
		if one.same {
			tp++
		}
		if i+1 < len(all) && all[i+1].Probability == one.Probability {
			continue
		}
		precision, recall := float64(tp)/float64(i+1), float64(tp)/float64(f.DuplicatePairs)
		area += precision * (recall - before)
		before = recall
		if f1 := 2 * precision * recall / (precision + recall + 1e-300); tp > 0 && f1 > f.BestF1 {
			f.BestF1, f.Precision, f.Recall, f.Threshold = f1, precision, recall, one.Probability
		}
		if precision >= .9 {
			f.RecallAtPrecision = max(f.RecallAtPrecision, recall)
		}
	}
	f.AP = rounded(area, 4)
	for _, v := range []*float64{&f.BestF1, &f.Precision, &f.Recall, &f.Threshold, &f.RecallAtPrecision} {
		*v = rounded(*v, 4)
	}
}

// reliability compares what was stated with what was seen.
func (r *replay) reliability(all []judgedFlag) {
	f := &r.figures
	error2, gap := 0.0, 0.0
	for bin := range 10 {
		n, same, stated := 0, 0, 0.0
		for _, one := range all {
			if min(int(one.Probability*10), 9) == bin {
				n, stated = n+1, stated+one.Probability
				if one.same {
					same++
				}
			}
		}
		if n > 0 {
			t := ReliableTenth{rounded(float64(bin)/10, 1), n, rounded(stated/float64(n), 4), rounded(float64(same)/float64(n), 4)}
			gap += float64(n) * math.Abs(t.Stated-t.Seen)
			f.Reliability = append(f.Reliability, t)
		}
	}
	for _, one := range all {
		d := one.Probability
		if one.same {
			d--
		}
		error2 += d * d
	}
	f.ECE, f.Brier = rounded(gap/float64(len(all)), 4), rounded(error2/float64(len(all)), 5)
}

func countSame(all []judgedFlag) (n int) {
	for _, one := range all {
		if one.same {
			n++
		}
	}
	return n
}

// joins is how many joins the true flags make: the size of a spanning forest.
func joins(all []judgedFlag) (n int) {
	parent := map[string]string{}
	var find func(string) string
	find = func(x string) string {
		if p, ok := parent[x]; ok && p != x {
			parent[x] = find(p)
			return parent[x]
		}
		parent[x] = x
		return x
	}
	for _, one := range all {
		if a, b := find(one.Left), find(one.Right); one.same && a != b {
			parent[a] = b
			n++
		}
	}
	return n
}

func rounded(x float64, digits int) float64 {
	scale := math.Pow(10, float64(digits))
	return math.RoundToEven(x*scale) / scale
}
