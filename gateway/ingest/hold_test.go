package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/schedule"
	"usher/gateway/store/storetest"
)

// take gives a profile an external id that the lab's contacts carry, from whoever has it.
func (tr trial) take(db *store.DB, id int, to string) error {
	in := ingest.New(db, nil, ingest.Own{}, slog.New(slog.DiscardHandler)).WithoutMatching()
	_, err := in.Hold(context.Background(), ingest.Holding{
		Op: tr.label + "move", Profile: to, Person: []string{to}, TakeOver: true, Who: "anna", Why: "she said so",
		Identifier: contact.Identifier{Scheme: contact.External, Value: fmt.Sprintf("%s-%d", tr.label, id)},
	})
	return err
}

// Whoever is being erased has contact points until they are tombstones. One that an agent took over in that moment would go on with the erased person's past: it is refused until it is free.
func TestNothingIsTakenOverFromSomebodyWhoIsBeingErased(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		db, err := store.Open(t.Context(), driver)
		require.NoError(t, err)
		in := ingest.New(db, nil, ingest.Own{}, slog.New(slog.DiscardHandler)).WithoutMatching()
		number := contact.Identifier{Scheme: contact.Tel, Value: "+4915123450987"}
		entered := func(name string, points ...contact.Identifier) string {
			out, err := in.Enter(t.Context(), contact.Entry{By: "by-" + name, Provenance: contact.FromAgent, DisplayName: name, Identifiers: points, At: store.Now()})
			require.NoError(t, err)
			return out.ProfileID
		}
		ana, bea := entered("Ana Diaz", number), entered("Bea Otto")
		e, err := people.New(db).Erase(t.Context(), people.Wish{}, ana, func(people.Person) bool { return true })
		require.NoError(t, err)
		take := ingest.Holding{Op: "take", Profile: bea, Person: []string{bea}, TakeOver: true, Identifier: number}
		_, err = in.Hold(t.Context(), take)
		var refused *contact.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "busy", refused.Code)
		for code, said := range map[string]time.Time{"busy": store.Now(), contact.CodeErased: e.ErasedAt.Add(-time.Millisecond)} {
			_, err = in.Enter(t.Context(), contact.Entry{By: "again-" + code, Provenance: contact.FromImport, DisplayName: "Ana Diaz", Identifiers: []contact.Identifier{number}, At: said})
			require.ErrorAs(t, err, &refused)
			require.Equal(t, code, refused.Code)
		}
		held, _, err := db.Identities.List(t.Context(), store.Range{Index: "profile", Equal: []any{ana}, Limit: 2})
		require.NoError(t, err)
		require.Len(t, held, 1)
		_, err = db.Identities.Swap(t.Context(), held[0].Tombstone(e.ErasedAt))
		require.NoError(t, err)
		got, err := in.Hold(t.Context(), take)
		require.NoError(t, err)
		require.Equal(t, bea, got.ProfileID)
		require.Equal(t, e.ErasedAt, got.ErasedAt, "what happened before is still turned away")
	})
}

// An agent who takes an identity over while a contact brings it: every schedule, with and without a crash of either, ends as one after the other would.
func TestEveryScheduleOfAMoveAndAContactIsSomeSerialOrder(t *testing.T) {
	t.Parallel()
	w := world{deliveries: [][]int{{1, 2}}, held: map[int]string{4: "X"}}
	contactFirst := outcome{holders: map[int]string{1: "X", 2: "P0", 4: "X"}, interactions: map[int]string{0: "P0"}, profiles: map[string]bool{"X": true, "P0": true}}
	moveFirst := outcome{holders: map[int]string{1: "X", 2: "X", 4: "X"}, interactions: map[int]string{0: "X"}, profiles: map[string]bool{"X": true}}
	eachSearch(t, func(t *testing.T, driver store.Driver, try tries, scale int) {
		lab := newLab(t, driver)
		for _, l := range []schedule.Limits{{Preemptions: 3, Runs: 2000 / scale}, {Preemptions: 1, Crashes: 1, Runs: 2000 / scale}} {
			runs := try(t, l, func(_ int, choose func(int) int) error {
				tr, err := lab.prepare(w)
				if err != nil {
					return err
				}
				x := lab.db.Salt.ID(contact.ProfilePrefix, tr.label+"held-X.0")
				round := schedule.Round{Processes: 2, Limits: l, Choose: choose, Start: func(i int) *schedule.Process {
					if i == 0 {
						return tr.start(lab.slots[0], 0)
					}
					return lab.slots[1].gate.Start(func() error { return tr.take(lab.slots[1].db, 1, x) })
				}}
				if err := round.Run(); err != nil {
					return err
				}
				got, err := tr.read()
				if err == nil && !got.equal(contactFirst) && !got.equal(moveFirst) {
					err = fmt.Errorf("no serial order gives %+v", got)
				}
				return err
			})
			require.Positive(t, runs)
			t.Logf("%d schedules with %d switches and %d crashes", runs, l.Preemptions, l.Crashes)
		}
	})
}

// A move that stops at any write, and runs again, ends as one that ran through: one decision, one holder, and each profile knows what it has.
func TestAMoveThatStopsAnywhereIsFinishedByItsRepeat(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		for k := range 60 {
			s.GoOn()
			o := newOffice(t, s)
			value := fmt.Sprint(k)
			from := o.enter(row("from."+value, "Ana Silva", crm(value), mail(value+"@mail.example")))
			to := o.enter(row("to."+value, "Bruno Kurz"))
			h := ingest.Holding{Op: "op_" + value, Profile: to.ProfileID, Person: []string{to.ProfileID}, Identifier: crm(value), Who: "anna", Why: "x"}
			_, err := o.Hold(t.Context(), h)
			var refusal *contact.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, []string{"identity_taken", from.ProfileID}, []string{refusal.Code, refusal.Details.Holder})
			h.TakeOver = true
			s.StopAfter(int64(k))
			_, stopped := o.Hold(t.Context(), h)
			s.GoOn()
			require.NoError(t, o.db.Sweep(t.Context()))
			has, err := o.db.Identities.Count(t.Context(), "profile", to.ProfileID)
			require.NoError(t, err)
			listed, err := o.db.Decisions.Count(t.Context(), "subject", to.ProfileID)
			require.NoError(t, err)
			require.Equal(t, has, listed, "stopped after %d writes: it is listed if it was moved, also if nobody comes again", k)
			i, err := o.Hold(t.Context(), h)
			require.NoError(t, err)
			require.Equal(t, to.ProfileID, i.ProfileID)
			require.Equal(t, from.ProfileID, i.Origin.ProfileID)
			require.Len(t, o.profile(from.ProfileID).Points, 1)
			require.Len(t, o.profile(to.ProfileID).Points, 1)
			list, _, err := o.db.Decisions.List(t.Context(), store.Range{Index: "subject", Equal: []any{to.ProfileID}, Limit: 10})
			require.NoError(t, err)
			require.Len(t, list, 1, k)
			require.Equal(t, contact.Moved, list[0].Kind)
			if stopped == nil {
				require.Greater(t, k, 4)
				return
			}
			require.True(t, errors.Is(stopped, storetest.ErrStopped))
		}
		require.Fail(t, "it never ran through")
	})
}
