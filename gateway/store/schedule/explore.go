package schedule

import (
	"errors"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"testing"
)

// Part is the divisor of what a search tries: by default it tries one in so many, which takes seconds, and with USHER_TEST_FULL_SEARCH=1 all.
func Part(divisor int) int {
	if os.Getenv("USHER_TEST_FULL_SEARCH") == "1" {
		return 1
	}
	return divisor
}

// step is one choice of a run: what was chosen of how many.
type step struct{ chosen, options int }

// path goes through all schedules in order: each run follows the one before up to the last choice that had another option, and takes that.
type path struct{ prefix, taken []step }

func (p *path) choose(options int) int {
	chosen := 0
	if p.following() {
		chosen = p.prefix[len(p.taken)].chosen
	}
	p.taken = append(p.taken, step{chosen, options})
	return chosen
}

// following reports whether the run still repeats the one before.
func (p *path) following() bool { return len(p.taken) < len(p.prefix) }

// next turns to the schedule after the one taken; it is false after the last.
func (p *path) next() bool {
	for i := len(p.taken) - 1; i >= 0; i-- {
		if p.taken[i].chosen+1 < p.taken[i].options {
			p.prefix = append(append([]step{}, p.taken[:i]...), step{p.taken[i].chosen + 1, p.taken[i].options})
			p.taken = nil
			return true
		}
	}
	return false
}

// Explore runs every schedule within the limits; run gets a chooser and reports a failure.
func Explore(t testing.TB, l Limits, run func(n int, choose func(options int) int) error) (runs int) {
	t.Helper()
	var p path
	for runs < l.Runs {
		err := run(runs, p.choose)
		runs++
		if err != nil {
			t.Fatalf("schedule %v: %v", p.taken, err)
		}
		if !p.next() {
			break
		}
	}
	return runs
}

// Sample runs so many schedules within the limits as they allow, picked by chance: others each time, and from all over, where Explore would not come far.
func Sample(t testing.TB, l Limits, run func(n int, choose func(options int) int) error) (runs int) {
	t.Helper()
	for n := range l.Runs {
		var taken []step
		err := run(n, func(options int) int {
			chosen := rand.IntN(options)
			if rand.IntN(2) == 0 {
				chosen = 0 // it goes on as it is, so that not all switches come at the beginning
			}
			taken = append(taken, step{chosen, options})
			return chosen
		})
		if err != nil {
			t.Fatalf("schedule %v: %v", taken, err)
		}
	}
	return l.Runs
}

// Search runs every schedule there is, however often it switches, and with so many crashes of any process at any call. Prepare makes a round on a fresh store, with State; judge is asked at the end of each schedule whose last steps were not seen before.
func Search(t testing.TB, crashes int, prepare func() *Round, judge func(*Round) error) (states, runs int) {
	t.Helper()
	var p path
	seen := map[uint64]bool{}
	for {
		r := prepare()
		r.Limits, r.Choose = Limits{Preemptions: maxSteps, Crashes: crashes}, p.choose
		r.Known = func() bool {
			if p.following() {
				return false
			}
			h := maphash.String(seed, r.state())
			known := seen[h]
			seen[h] = true
			return known
		}
		err := r.Run()
		if err == nil {
			err = judge(r)
		}
		runs++
		if err != nil && !errors.Is(err, errKnown) {
			t.Fatalf("schedule %v: %v", p.taken, err)
		}
		if !p.next() {
			return len(seen), runs
		}
	}
}

// Stop is one step of a schedule that is written down: a process runs until it is about to make the call, past the first Skip of that kind; or so many steps; or to its end.
type Stop struct {
	Process int
	Before  Call
	Skip    int
	Steps   int
}

// Play follows a schedule that is written down, then lets all that still run finish.
func (r *Round) Play(script []Stop) error {
	r.begin()
	for i := range r.all {
		script = append(script, Stop{Process: i})
	}
	return r.follow(script)
}

// Leave follows a schedule and leaves for dead whoever still runs.
func (r *Round) Leave(script []Stop) error {
	r.begin()
	return r.abandon(r.follow(script))
}

// Finished reports whether every process came to its end by itself.
func (r *Round) Finished() bool { return r.ended == 1<<len(r.all)-1 }

func (r *Round) follow(script []Stop) error {
	for _, s := range script {
		if err := r.until(s); err != nil {
			return r.abandon(err)
		}
	}
	return nil
}

func (r *Round) until(s Stop) error {
	p := r.all[s.Process]
	skipped := 0
	for steps := 0; p.alive && (s.Steps == 0 || steps < s.Steps); steps++ {
		if p.at == s.Before {
			if skipped == s.Skip {
				return nil
			}
			skipped++
		}
		if err := r.step(s.Process); err != nil {
			return err
		}
	}
	return nil
}
