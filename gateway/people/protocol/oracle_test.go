package protocol_test

import (
	"fmt"
	"maps"
	"slices"

	"usher/gateway/contact"
)

// operation is one of the model's: a merge of a into b, an undo of an operation, a pair told apart or no longer, a reading of a's person; and, which the model has not, the erasure of the person that a speaks for.
type operation struct {
	kind string // contact.Merged, MergeUndone, Distinct, DistinctUndone, Erased, or reading
	a, b string
	of   string // the operation that is undone
}

const reading = "read"

func (o operation) String() string { return fmt.Sprintf("%s(%s%s%s)", o.kind, o.a, o.b, o.of) }

// universe is a case of PROTOCOLS.md 2: what was decided before, and what is wanted at the same time.
type universe struct {
	profiles []string
	before   []operation // operations "i0", "i1", ...
	wanted   []operation // operations "0", "1", ...
}

func (u universe) String() string { return fmt.Sprintf("%v before %v", u.wanted, u.before) }

// outcome is a final state in the words of the model.
type outcome struct {
	into    map[string]string
	apart   map[string]bool
	erased  map[string]bool // roots
	log     []string
	results []string
}

// fold is the sequential meaning of the protocol (spec() of the model): state after some operations, one after another.
type fold struct {
	into, edge map[string]string // edge: the operation that set into last
	apart      map[string]bool
	erased     map[string]bool
	merges     map[string]operation // by the name of the operation
	log        []string
}

func newFold(profiles []string) *fold {
	f := &fold{into: map[string]string{}, edge: map[string]string{}, apart: map[string]bool{}, erased: map[string]bool{}, merges: map[string]operation{}}
	for _, p := range profiles {
		f.into[p] = ""
	}
	return f
}

func (f *fold) root(x string) string {
	for f.into[x] != "" {
		x = f.into[x]
	}
	return x
}

func (f *fold) members(x string) []string {
	var all []string
	for p := range f.into {
		if f.root(p) == f.root(x) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// do carries out an operation and says what it is answered.
func (f *fold) do(name string, o operation) string {
	refusal := f.refusal(o)
	switch {
	case o.kind == reading && f.erased[f.root(o.a)]:
		return "not_found"
	case o.kind == reading:
		return fmt.Sprint(f.root(o.a), f.members(o.a))
	case refusal != "":
		return refusal
	case o.kind == contact.Merged:
		f.into[o.a], f.edge[o.a], f.merges[name] = o.b, name, o
	case o.kind == contact.MergeUndone:
		m := f.merges[o.of]
		o.a, o.b = m.a, m.b
		f.into[m.a], f.edge[m.a] = "", name
	case o.kind == contact.Erased:
		f.erased[o.a] = true
	default:
		f.apart[pairOf(o.a, o.b)] = o.kind == contact.Distinct
	}
	f.log = append(f.log, entryOf(name, o.kind, o.a, o.b))
	return "ok"
}

func (f *fold) refusal(o operation) string {
	pair := pairOf(o.a, o.b)
	switch o.kind {
	case contact.Merged:
		for _, x := range []string{o.a, o.b} {
			if refusal := f.standsAlone(x); refusal != "" {
				return refusal
			}
		}
		for _, x := range f.members(o.a) {
			for _, y := range f.members(o.b) {
				if f.apart[pairOf(x, y)] {
					return "merge_contradicts_decision"
				}
			}
		}
	case contact.MergeUndone:
		m, ok := f.merges[o.of]
		if !ok {
			return "not_found"
		}
		if f.edge[m.a] != o.of || f.erased[f.root(m.a)] {
			return "undo_not_possible"
		}
	case contact.Erased:
		return f.standsAlone(o.a)
	case contact.Distinct:
		if f.erased[o.a] || f.erased[o.b] {
			return "not_found"
		}
		if f.apart[pair] {
			return "already_distinct"
		}
		if f.erased[f.root(o.a)] || f.erased[f.root(o.b)] {
			return "not_found"
		}
		if f.root(o.a) == f.root(o.b) {
			return "already_merged"
		}
	case contact.DistinctUndone:
		if !f.apart[pair] {
			return "undo_not_possible"
		}
	}
	return ""
}

// standsAlone wants a root that was not erased.
func (f *fold) standsAlone(x string) string {
	switch {
	case f.erased[x]:
		return "not_found"
	case f.into[x] != "":
		return "already_merged"
	}
	return ""
}

func pairOf(a, b string) string { return min(a, b) + "|" + max(a, b) }

// entryOf is a line of the log.
func entryOf(name, kind, a, b string) string {
	if kind == contact.Distinct || kind == contact.DistinctUndone {
		a, b = contact.OrderedPair(a, b)
	}
	return fmt.Sprintf("%s %s %s %s", name, kind, a, b)
}

// serial is what some order of the wanted operations gives.
func serial(u universe, order []int) outcome {
	f := newFold(u.profiles)
	for i, o := range u.before {
		f.do(fmt.Sprint("i", i), o)
	}
	out := outcome{results: make([]string, len(u.wanted))}
	for _, j := range order {
		out.results[j] = f.do(fmt.Sprint(j), u.wanted[j])
	}
	out.into, out.apart, out.erased, out.log = f.into, standing(f.apart), f.erased, f.log
	return out
}

func standing(apart map[string]bool) map[string]bool {
	apart = maps.Clone(apart)
	maps.DeleteFunc(apart, func(_ string, stands bool) bool { return !stands })
	return apart
}

// sound checks what must hold at any moment: no cycle, and nobody told apart inside one tree.
func (o outcome) sound() error {
	f := fold{into: o.into}
	for p := range o.into {
		x := p
		for range len(o.into) + 1 {
			x = o.into[x]
		}
		if x != "" {
			return fmt.Errorf("cycle: %v", o.into)
		}
	}
	for x := range o.into {
		for y := range o.into {
			if o.apart[pairOf(x, y)] && f.root(x) == f.root(y) {
				return fmt.Errorf("%s and %s are told apart inside one tree: %v", x, y, o.into)
			}
		}
	}
	return nil
}

// sameState compares all but the answers.
func (o outcome) sameState(other outcome) bool {
	return maps.Equal(o.into, other.into) && maps.Equal(o.apart, other.apart) && maps.Equal(o.erased, other.erased) && slices.Equal(o.log, other.log)
}

// permutations are the orders of n things.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(shorter), at, n-1))
		}
	}
	return all
}

// universes are all cases of so many operations at once over the profiles, up to renaming them: every forest decided before, with at most one pair told apart (cfgs() of the model).
func universes(profiles []string, operations int, apart bool) []universe {
	var all []universe
	seen := map[string]bool{}
	for _, before := range histories(profiles, apart) {
		choices := choicesOf(profiles, before, operations)
		combine(choices, operations, func(wanted []operation) {
			u := universe{profiles, before, slices.Clone(wanted)}
			if key := u.canonical(); u.sensible() && !seen[key] {
				seen[key] = true
				all = append(all, u)
			}
		})
	}
	return all
}

// sensible: an undo of another wanted operation needs that to be a merge.
func (u universe) sensible() bool {
	for _, o := range u.wanted {
		var j int
		if o.kind != contact.MergeUndone {
			continue
		}
		if n, _ := fmt.Sscanf(o.of, "%d", &j); n == 1 && u.wanted[j].kind != contact.Merged {
			return false
		}
	}
	return true
}

// canonical is the same for cases that differ in the names of profiles only.
func (u universe) canonical() string {
	best := ""
	for _, perm := range permutations(len(u.profiles)) {
		name := map[string]string{"": ""}
		for i, p := range u.profiles {
			name[p] = u.profiles[perm[i]]
		}
		renamed := func(ops []operation) []string {
			var lines []string
			for _, o := range ops {
				a, b := name[o.a], name[o.b]
				if o.kind != contact.Merged {
					a, b = min(a, b), max(a, b)
				}
				if len(o.of) > 1 { // of the history: by what it is, not by its place
					m := u.before[o.of[1]-'0']
					a, b, o.of = name[m.a], name[m.b], "i"
				}
				lines = append(lines, operation{o.kind, a, b, o.of}.String())
			}
			return lines
		}
		before := renamed(u.before)
		slices.Sort(before)
		wanted := renamed(u.wanted)
		if !slices.ContainsFunc(u.wanted, func(o operation) bool { return len(o.of) == 1 }) { // their places are not named
			slices.Sort(wanted)
		}
		if key := fmt.Sprint(before, wanted); best == "" || key < best {
			best = key
		}
	}
	return best
}

// histories decide every forest over the profiles.
func histories(profiles []string, apart bool) [][]operation {
	var all [][]operation
	var grow func(into map[string]string, left []string)
	grow = func(into map[string]string, left []string) {
		if len(left) > 0 {
			for _, parent := range append([]string{""}, profiles...) {
				into[left[0]] = parent
				grow(into, left[1:])
			}
			return
		}
		f := fold{into: into}
		if (outcome{into: into}).sound() != nil {
			return
		}
		base := f.merging()
		all = append(all, base)
		for i, x := range profiles {
			for _, y := range profiles[i+1:] {
				if apart && f.root(x) != f.root(y) {
					all = append(all, append(slices.Clone(base), operation{kind: contact.Distinct, a: x, b: y}))
				}
			}
		}
	}
	grow(map[string]string{}, profiles)
	return all
}

// merging are the merges that make a forest, the deepest first: a profile is merged while it is a root.
func (f *fold) merging() []operation {
	depth := func(x string) (n int) {
		for ; f.into[x] != ""; x = f.into[x] {
			n++
		}
		return n
	}
	var ops []operation
	for a, b := range f.into {
		if b != "" {
			ops = append(ops, operation{kind: contact.Merged, a: a, b: b})
		}
	}
	slices.SortFunc(ops, func(x, y operation) int {
		if d := depth(y.a) - depth(x.a); d != 0 {
			return d
		}
		return int(x.a[0]) - int(y.a[0])
	})
	return ops
}

// choicesOf are the operations that make sense over profiles with a history.
func choicesOf(profiles []string, before []operation, operations int) []operation {
	var all []operation
	for i, x := range profiles {
		for j, y := range profiles {
			if i != j {
				all = append(all, operation{kind: contact.Merged, a: x, b: y})
			}
			if i < j {
				all = append(all, operation{kind: contact.Distinct, a: x, b: y})
			}
		}
	}
	for i, o := range before {
		if o.kind == contact.Merged {
			all = append(all, operation{kind: contact.MergeUndone, of: fmt.Sprint("i", i)})
			continue
		}
		all = append(all, operation{kind: contact.DistinctUndone, a: o.a, b: o.b})
	}
	for j := range operations {
		all = append(all, operation{kind: contact.MergeUndone, of: fmt.Sprint(j)})
	}
	return all
}

// combine calls do for each choice of n with repetition, in order.
func combine(choices []operation, n int, do func([]operation)) {
	var pick func(from int, picked []operation)
	pick = func(from int, picked []operation) {
		if len(picked) == n {
			do(picked)
			return
		}
		for i := from; i < len(choices); i++ {
			pick(i, append(picked, choices[i]))
		}
	}
	pick(0, nil)
}
