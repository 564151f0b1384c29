package outbound

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// What is about one profile waits for what came before it; the others' go on. It comes again by and by, and in its order.
func TestWhatIsAboutOneProfileComesInItsOrder(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.receiver.answers(func(e events.Event) int {
			if e.Subject == "prf_a" {
				return 500
			}
			return 200
		})
		all := w.happens("prf_a", "prf_b", "prf_a", "prf_b", "prf_a")
		w.goOn(id)
		taken, asked := w.receiver.has()
		require.Equal(t, []string{all[1], all[3]}, taken)
		require.Equal(t, 3, asked, "what stands behind the one that was not taken is not tried")
		s := w.standing(id)
		require.Equal(t, []any{int64(3), int64(0), 500, answered}, []any{s.Waiting, s.Failed, s.Status, s.Reason})
		require.True(t, s.FailingSince.IsZero(), "others were taken")

		w.goOn(id)
		_, asked = w.receiver.has()
		require.Equal(t, 3, asked, "not before its time")
		w.later(id, 10*time.Second)
		_, asked = w.receiver.has()
		require.Equal(t, 4, asked)

		w.receiver.answers(nil)
		more := w.happens("prf_a")
		w.goOn(id)
		w.later(id, time.Minute)
		taken, _ = w.receiver.has()
		require.Equal(t, []string{all[1], all[3], all[0], all[2], all[4], more[0]}, taken)
		require.Zero(t, w.standing(id).Waiting)
	})
}

// While an endpoint is away nothing is lost and no more than a hundred lines wait beside the feed; when it is back it gets everything, each profile's in order.
func TestAnEndpointThatWasAwayMissesNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.receiver.answers(always(503))
		var profiles []string
		for range 1200 {
			profiles = append(profiles, fmt.Sprint("prf_", rand.IntN(400)))
		}
		all := w.happens(profiles...)
		w.goOn(id)
		for range 10 {
			w.later(id, 20*time.Minute)
		}
		s := w.standing(id)
		require.Less(t, s.Waiting, int64(maxWaiting))
		require.False(t, s.FailingSince.IsZero())
		waiting, _, err := w.db.Undelivered.List(t.Context(), store.Range{Index: "endpoint", Equal: []any{id, store.UndeliveredWaiting}, Limit: store.MaxLimit})
		require.NoError(t, err)
		lines := map[string]bool{}
		for _, u := range waiting {
			lines[u.About] = true
		}
		require.Len(t, lines, maxLines)
		w.later(id, 80*time.Hour) // for longer than an event is tried
		require.Zero(t, w.standing(id).Failed, "it is not the event's fault")
		w.receiver.answers(nil)
		for range 4 {
			w.later(id, 20*time.Minute)
		}
		taken, _ := w.receiver.has()
		require.ElementsMatch(t, all, taken)
		order := map[string][]string{}
		for i, p := range profiles {
			order[p] = append(order[p], all[i])
		}
		got := map[string][]string{}
		for _, e := range w.receiver.taken {
			got[e.Subject] = append(got[e.Subject], e.ID)
		}
		require.Equal(t, order, got)
		s = w.standing(id)
		require.Zero(t, s.Waiting)
		require.True(t, s.FailingSince.IsZero())
	})
}

// One whose events are all refused holds up nobody else, until there are very many of them.
func TestOneLineHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.receiver.answers(func(e events.Event) int {
			if e.Subject == "prf_poison" {
				return 400
			}
			return 200
		})
		w.happens(slices.Repeat([]string{"prf_poison"}, 300)...)
		others := w.happens("prf_a", "prf_b")
		w.goOn(id)
		taken, _ := w.receiver.has()
		require.ElementsMatch(t, others, taken)

		w.happens(slices.Repeat([]string{"prf_poison"}, maxWaiting)...)
		w.happens("prf_c")
		w.goOn(id)
		require.EqualValues(t, maxWaiting, w.standing(id).Waiting)
		require.NoError(t, w.Tidy(t.Context(), time.Hour))
		require.EqualValues(t, maxWaiting, w.standing(id).Waiting, "what waits is not tidied")
	})
}

// An event that an endpoint refuses for three days while it takes others is given up, and those behind it go on. It can be asked for again.
func TestAnEventThatIsNeverTakenIsGivenUp(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		all := w.happens("prf_a", "prf_a")
		refused := func(e events.Event) int {
			if e.ID == all[0] {
				return 422
			}
			return 200
		}
		w.receiver.answers(refused)
		w.goOn(id)
		w.later(id, 71*time.Hour)
		other := w.happens("prf_b")
		w.goOn(id)
		require.Zero(t, w.standing(id).Failed)
		w.later(id, 2*time.Hour)
		w.later(id, time.Minute)
		taken, _ := w.receiver.has()
		require.Equal(t, []string{other[0], all[1]}, taken)
		s := w.standing(id)
		require.Equal(t, []int64{0, 1}, []int64{s.Waiting, s.Failed})
		require.NoError(t, w.Tidy(t.Context(), 0))
		require.NoError(t, w.Tidy(t.Context(), 365*24*time.Hour))
		require.EqualValues(t, 1, w.standing(id).Failed)

		require.NoError(t, w.Replay(t.Context(), id, all[0]))
		w.receiver.answers(nil)
		w.goOn(id)
		taken, _ = w.receiver.has()
		require.Equal(t, all[0], taken[2])
		require.Zero(t, w.standing(id).Failed)

		u := w.undelivered(id, store.Event{Document: contact.Document{ID: all[0]}, At: store.Now()})
		u.State = store.UndeliveredFailed
		require.NoError(t, w.db.Undelivered.Insert(t.Context(), u))
		require.NoError(t, w.Tidy(t.Context(), time.Hour)) // the clock is days ahead
		require.Zero(t, w.standing(id).Failed)
	})
}

// An endpoint that says it is gone, and one that takes nothing for five days, are disabled. Enabled again they go on where they stood.
func TestAnEndpointIsDisabled(t *testing.T) {
	t.Parallel()
	for reason, status := range map[string]int{Gone: 410, Failing: 500} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			eachWorld(t, func(t *testing.T, w *world) {
				id := w.endpoint()
				all := w.happens("prf_a", "prf_b")
				w.receiver.answers(always(status))
				w.goOn(id)
				if reason == Failing {
					w.later(id, 119*time.Hour)
					require.Empty(t, w.found(id).Disabled)
					w.later(id, 2*time.Hour)
				}
				require.Equal(t, reason, w.found(id).Disabled)
				_, asked := w.receiver.has()
				require.NoError(t, w.Tidy(t.Context(), time.Hour))
				w.later(id, 24*time.Hour)
				_, later := w.receiver.has()
				require.Equal(t, asked, later, "nothing more is sent")

				w.receiver.answers(nil)
				all = append(all, w.happens("prf_c")...)
				_, err := w.Change(t.Context(), id, 0, func(e *store.Endpoint) error { e.Disabled = ""; return nil })
				require.NoError(t, err)
				require.NoError(t, w.Hasten(t.Context(), id))
				w.goOn(id)
				taken, _ := w.receiver.has()
				require.ElementsMatch(t, all, taken)
			})
		})
	}
}

func (w *world) found(id string) store.Endpoint {
	w.t.Helper()
	e, err := w.Find(w.t.Context(), id)
	require.NoError(w.t, err)
	return e
}

// An endpoint that names a time is left alone until then.
func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.happens("prf_a")
		w.receiver.header = http.Header{"Retry-After": {"600"}}
		w.receiver.answers(always(429))
		w.goOn(id)
		w.later(id, 9*time.Minute)
		_, asked := w.receiver.has()
		require.Equal(t, 1, asked)
		w.later(id, 2*time.Minute)
		_, asked = w.receiver.has()
		require.Equal(t, 2, asked)
	})
}

// Whoever is disabled and enabled again is sent to by the same gateway, which looks by itself.
func TestARunningGatewaySendsToWhoIsEnabledAgain(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		set := func(why string) {
			_, err := w.Change(t.Context(), id, 0, func(e *store.Endpoint) error { e.Disabled = why; return nil })
			require.NoError(t, err)
		}
		set(ByHand)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.Run(ctx) }()
		defer func() { stop(); <-ended }()
		before := w.looked.Load()
		require.Eventually(t, func() bool { return w.looked.Load() > before+1 }, 10*time.Second, 10*time.Millisecond, "it has seen the one that is disabled")
		all := w.happens("prf_a")
		set("")
		require.Eventually(t, func() bool { taken, _ := w.receiver.has(); return slices.Equal(taken, all) }, 10*time.Second, 10*time.Millisecond)
	})
}

// Of many endpoints that are made at once no more stay than may.
func TestOfManyEndpointsAtOnceFewStay(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		var group sync.WaitGroup
		for range 2 * maxEndpoints {
			group.Go(func() {
				_, _, err := w.Create(t.Context(), store.Endpoint{URL: w.receiver.URL})
				if err != nil && contact.KindOf(err) != contact.Conflict {
					t.Error(err)
				}
			})
		}
		group.Wait()
		all, err := w.List(t.Context())
		require.NoError(t, err)
		require.Len(t, all, maxEndpoints)
	})
}

// Only the types that are asked for are sent, and from when the endpoint was made.
func TestOnlyWhatIsWantedIsSent(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		w.happens("prf_a")
		id := w.endpoint("profile.merged")
		_, fresh, err := w.Create(t.Context(), store.Endpoint{URL: w.receiver.URL})
		require.NoError(t, err)
		w.goOn(id)
		w.goOn(fresh.ID)
		_, asked := w.receiver.has()
		require.Zero(t, asked)
	})
}

// However a process ends between two writes, every event is taken, each profile's in order; what was taken may come twice.
func TestAStopAtAnyWriteLosesNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		stops := 0
		for after := int64(0); ; after++ {
			before, _ := w.receiver.has()
			all := w.happens("prf_a", "prf_b", "prf_a")
			failed := atomic.Bool{}
			w.receiver.answers(func(e events.Event) int { // the first is refused once
				if e.ID == all[0] && !failed.Swap(true) {
					return 500
				}
				return 200
			})
			stopped := false
			w.stopping.StopAfter(after)
			for range 3 {
				if _, err := w.round(t.Context(), id); err != nil {
					require.ErrorIs(t, err, storetest.ErrStopped)
					stopped = true
				}
				w.ahead += 30 * time.Second
			}
			w.stopping.GoOn()
			w.Outbound = w.gateway(w.db, fmt.Sprint("after ", after)) // another, who waits for the end of the lease
			w.later(id, 2*time.Minute)
			w.later(id, 30*time.Second)
			taken, _ := w.receiver.has()
			fresh := taken[len(before):]
			for _, e := range all {
				require.Contains(t, fresh, e, "stopped after %d writes", after)
			}
			require.Less(t, slices.Index(fresh, all[0]), slices.Index(fresh, all[2]))
			require.Zero(t, w.standing(id).Waiting)
			if !stopped {
				break
			}
			stops++
		}
		require.Greater(t, stops, 4)
	})
}

// Gateways that share a store send each event once between them, while none of them stops.
func TestGatewaysShareTheSending(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		var profiles []string
		for range 300 {
			profiles = append(profiles, "prf_"+string(rune('a'+rand.IntN(26))))
		}
		all := w.happens(profiles...)
		var group sync.WaitGroup
		for _, owner := range []string{"two", "three", "four"} {
			g := w.gateway(w.db, owner)
			group.Go(func() {
				for range 20 {
					if _, err := g.round(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		w.goOn(id)
		taken, asked := w.receiver.has()
		require.ElementsMatch(t, all, taken)
		require.Equal(t, len(all), asked)
	})
}

// What is under way when the gateway stops is no fault of the endpoint's, and is sent by the next one.
func TestAStoppingGatewayBlamesNobody(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		all := w.happens("prf_a", "prf_b")
		ctx, stop := context.WithCancel(t.Context())
		release := make(chan struct{})
		w.receiver.answers(func(events.Event) int {
			stop()
			<-release
			return 500
		})
		_, err := w.round(ctx, id)
		close(release)
		require.NoError(t, err)
		s := w.standing(id)
		require.Equal(t, []any{int64(2), "", true}, []any{s.Waiting, s.Reason, s.FailingSince.IsZero()})
		w.receiver.answers(nil)
		w.goOn(id)
		taken, _ := w.receiver.has()
		require.Subset(t, taken, all)
	})
}

// Who asks for everything again while it is being sent gets it again.
func TestAPlaceThatIsMovedMeanwhileStays(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		all := w.happens("prf_a", "prf_b")
		w.goOn(id)
		all = append(all, w.happens("prf_c")...)
		moved := atomic.Bool{}
		w.receiver.answers(func(events.Event) int {
			if !moved.Swap(true) && w.ReplaySince(context.Background(), id, time.Unix(0, 0)) != nil {
				return 500
			}
			return 200
		})
		w.goOn(id)
		w.goOn(id)
		taken, _ := w.receiver.has()
		require.ElementsMatch(t, append(all, all...), taken)
	})
}

// A gateway that was so slow that another took over leaves the lease and the place to that one.
func TestWhoLostTheLeaseChangesNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.happens("prf_a")
		before := w.standing(id)
		w.receiver.answers(func(events.Event) int {
			_, err := w.db.Sendings.Change(context.Background(), id, func(s *store.Sending) error {
				s.Owner, s.Until = "two", store.Now().Add(lease)
				return nil
			})
			if err != nil {
				return 500
			}
			return 200
		})
		w.goOn(id)
		s := w.standing(id)
		require.Equal(t, []any{"two", before.At, before.After}, []any{s.Owner, s.At, s.After})
	})
}

// An event that an erasure or its time took away is sent no more.
func TestAnEventThatIsGoneIsNotSent(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		all := w.happens("prf_a", "prf_a")
		w.receiver.answers(always(500))
		w.goOn(id)
		e, err := w.db.Events.Find(t.Context(), all[0])
		require.NoError(t, err)
		require.NoError(t, w.db.Events.Delete(t.Context(), e))
		w.receiver.answers(nil)
		w.later(id, time.Minute)
		taken, _ := w.receiver.has()
		require.Equal(t, all[1:], taken)
		require.Zero(t, w.standing(id).Waiting)
	})
}

// What is sent again since a time comes whether it was taken, given up or never tried, and once.
func TestEverythingSinceATimeIsSentAgain(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		all := w.happens("prf_a", "prf_b", "prf_c")
		w.goOn(id)
		second, err := w.db.Events.Find(t.Context(), all[1])
		require.NoError(t, err)
		require.NoError(t, w.ReplaySince(t.Context(), id, second.At))
		w.goOn(id)
		taken, _ := w.receiver.has()
		require.ElementsMatch(t, append(all, all[1:]...), taken)

		u := w.undelivered(id, second)
		u.State, u.Attempts = store.UndeliveredFailed, 300
		require.NoError(t, w.db.Undelivered.Insert(t.Context(), u))
		require.NoError(t, w.ReplaySince(t.Context(), id, second.At))
		w.goOn(id)
		taken, _ = w.receiver.has()
		require.ElementsMatch(t, append(all, append(all[1:], all[1:]...)...), taken)
		require.Equal(t, []int64{0, 0}, []int64{w.standing(id).Waiting, w.standing(id).Failed})
	})
}

// Of an endpoint that is deleted nothing is left, also if it was being sent to.
func TestADeletedEndpointLeavesNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.endpoint()
		w.happens("prf_a", "prf_b")
		w.receiver.answers(func(events.Event) int {
			if err := w.Delete(context.Background(), id, 0); err != nil {
				return 410
			}
			return 500
		})
		w.goOn(id)
		for _, state := range []string{store.UndeliveredWaiting, store.UndeliveredFailed} {
			n, err := w.db.Undelivered.Count(t.Context(), "endpoint", id, state)
			require.NoError(t, err)
			require.Zero(t, n)
		}
		_, err := w.db.Sendings.Find(t.Context(), id)
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}
