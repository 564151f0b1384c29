package api

import (
	"sync"
	"time"
)

// windowSlots is how finely a window forgets.
const windowSlots = 60

// window counts what happened lately: within sixty slots of time.
type window struct {
	slot  time.Duration
	mu    sync.Mutex
	slots [windowSlots]struct{ number, count int64 }
}

func (w *window) number(at time.Time) int64 { return at.UnixNano() / int64(w.slot) }

func (w *window) add(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.number(at)
	s := &w.slots[n%windowSlots]
	if s.number != n {
		s.number, s.count = n, 0
	}
	s.count++
}

func (w *window) sum(at time.Time) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	var sum int64
	for _, s := range w.slots {
		if s.number > w.number(at)-windowSlots {
			sum += s.count
		}
	}
	return sum
}

// burstQuiet is how long after a line of a burst the next one is written.
const burstQuiet = 10 * time.Second

// burst lets one line through of many that say the same.
type burst struct {
	mu      sync.Mutex
	said    time.Time
	skipped int
}

// say reports whether to write a line now, and how many were skipped since the last.
func (b *burst) say(at time.Time) (skipped int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at.Sub(b.said) < burstQuiet {
		b.skipped++
		return 0, false
	}
	skipped, b.said, b.skipped = b.skipped, at, 0
	return skipped, true
}
