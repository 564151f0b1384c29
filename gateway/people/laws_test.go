package people_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// crowd is a number of profiles twice: one lot is merged, told apart and undone at random, the other never; both get the same contacts.
type crowd struct {
	world
	rng      *rand.Rand
	size     int
	contacts int
	standing []string    // merges that were made and not undone
	apart    [][2]string // pairs that stand
}

const (
	moved = "prf_moved_"
	plain = "prf_plain_"
)

// Merges, contacts and undos in any order and nesting: when all merges are undone, everything is as if there had never been any. On the way nothing is lost or shown twice, and nobody is one person with somebody they were told apart from.
func TestMergesContactsAndUndosEqualNeverMerged(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		c := &crowd{world: w, rng: rand.New(rand.NewPCG(seed, 1)), size: 7}
		for k := range c.size {
			for _, lot := range []string{moved, plain} {
				c.profile(lot + fmt.Sprint(k))
			}
			c.contact(k)
		}
		for range 60 {
			c.step()
			c.conserved()
		}
		c.rng.Shuffle(len(c.standing), func(i, j int) { c.standing[i], c.standing[j] = c.standing[j], c.standing[i] })
		for _, id := range c.standing {
			c.undo(id)
			c.conserved()
		}
		for k := range c.size {
			require.Equal(t, c.picture(plain, k), c.picture(moved, k))
		}
	})
}

func (c *crowd) step() {
	a, b := c.rng.IntN(c.size), c.rng.IntN(c.size)
	switch n := c.rng.IntN(10); {
	case n < 4:
		c.contact(a)
	case n < 8:
		c.merge(a, b)
	case n < 9 && len(c.standing) > 0:
		i := c.rng.IntN(len(c.standing))
		id := c.standing[i]
		c.standing = slices.Delete(c.standing, i, i+1)
		c.undo(id)
	case a != b:
		x, y := contact.OrderedPair(moved+fmt.Sprint(a), moved+fmt.Sprint(b))
		_, err := c.Decide(c.t.Context(), people.Change{Kind: contact.Distinct, A: x, B: y})
		if c.refused(err, "already_merged", "already_distinct") {
			return
		}
		c.apart = append(c.apart, [2]string{x, y})
	}
}

// refused fails unless an error is one of the codes.
func (c *crowd) refused(err error, codes ...string) bool {
	c.t.Helper()
	if err == nil {
		return false
	}
	require.Contains(c.t, codes, code(err))
	return true
}

func (c *crowd) merge(a, b int) {
	w := people.Wish{From: []string{moved + fmt.Sprint(a)}, Into: moved + fmt.Sprint(b)}
	if c.rng.IntN(3) == 0 {
		w.From, w.Into = append(w.From, w.Into), people.Auto
	}
	made, err := c.Merge(c.t.Context(), w)
	if c.refused(err, "already_merged", "merge_self", "merge_contradicts_decision") {
		return
	}
	for _, d := range made {
		c.standing = append(c.standing, d.ID)
	}
}

func (c *crowd) undo(id string) {
	_, err := c.UndoMerge(c.t.Context(), people.Wish{}, id)
	require.NoError(c.t, err)
}

// contact lets somebody come in touch, in both lots, as ingest does: an interaction with the profile that holds the contact point, at times a new name, language or contact point.
func (c *crowd) contact(k int) {
	c.contacts++
	name, point := c.rng.IntN(4) == 0, c.rng.IntN(4) == 0
	for _, lot := range []string{moved, plain} {
		id := lot + fmt.Sprint(k)
		c.interaction(fmt.Sprintf("int_%s_%d", lot, c.contacts), id, contact.FromCustomer, c.contacts)
		if point {
			c.identity(id, contact.External, fmt.Sprintf("%s-%d", lot, c.contacts), "")
		}
		if !name {
			continue
		}
		p, err := c.db.Profiles.Find(c.t.Context(), id)
		require.NoError(c.t, err)
		p.Names = append(p.Names, contact.Name{Value: fmt.Sprint("Name ", c.contacts), Provenance: contact.FromChannel, FirstSeen: noon})
		p.Languages = append(p.Languages, fmt.Sprint("x-", c.contacts))
		p.Tags = append(p.Tags, fmt.Sprint("tag-", c.contacts))
		p.Notes = append(p.Notes, contact.Note{ID: fmt.Sprint("nte_", c.contacts), Text: fmt.Sprint("note ", c.contacts)})
		p, _ = p.SetField(contact.Field{Name: fmt.Sprint("field", c.contacts%3), Value: fmt.Sprint("value ", c.contacts), Provenance: contact.FromAgent, At: noon})
		_, err = c.db.Profiles.Swap(c.t.Context(), p)
		require.NoError(c.t, err)
	}
}

// conserved holds that every profile is of exactly one person, that all people together show what all profiles hold, and that no person spans a pair that was told apart.
func (c *crowd) conserved() {
	c.t.Helper()
	var shown, held []string
	root := map[string]string{}
	for k := range c.size {
		id := moved + fmt.Sprint(k)
		held = append(held, c.picture(plain, k)[1:]...)
		card, err := c.Card(c.t.Context(), id)
		require.NoError(c.t, err)
		root[id] = card.Profile.ID
		require.Contains(c.t, card.Person.IDs(), id)
		if card.Profile.ID == id {
			shown = append(shown, c.describe(card, moved)[1:]...)
		}
	}
	slices.Sort(shown)
	slices.Sort(held)
	require.Equal(c.t, held, shown)
	for _, pair := range c.apart {
		require.NotEqual(c.t, root[pair[0]], root[pair[1]])
	}
}

// picture is all that one profile's person shows.
func (c *crowd) picture(lot string, k int) []string {
	c.t.Helper()
	card, err := c.Card(c.t.Context(), lot+fmt.Sprint(k))
	require.NoError(c.t, err)
	return c.describe(card, lot)
}

// describe says first what belongs to the person as one, then everything it has, each by itself.
func (c *crowd) describe(card people.Card, lot string) []string {
	c.t.Helper()
	last := func(at *time.Time) string { return at.UTC().Format(time.TimeOnly) }
	lines := []string{fmt.Sprint(card.Profile.ID, len(card.Person.Profiles), card.Profile.Name, card.Alternates, card.Profile.MergedInto, card.Missing, last(card.FirstSeen), last(card.LastSeen))}
	for _, n := range card.Profile.Names {
		lines = append(lines, n.Value)
	}
	lines = append(lines, card.Profile.Languages...)
	lines = append(lines, card.Profile.Tags...)
	for _, n := range card.Profile.Notes {
		lines = append(lines, n.ID+" "+n.Text)
	}
	for _, f := range card.Profile.Fields {
		lines = append(lines, "fields."+f.Name+" "+f.Value)
	}
	for _, a := range card.Alternates {
		if strings.HasPrefix(a.Field, "fields.") {
			lines = append(lines, a.Field+" "+a.Value)
		}
	}
	for _, i := range card.Identities {
		lines = append(lines, i.Value+" of "+i.ProfileID)
	}
	for _, id := range card.Person.IDs() {
		list, _, err := c.db.Interactions.List(c.t.Context(), store.Range{Index: "profile", Equal: []any{id}, Limit: 1000})
		require.NoError(c.t, err)
		for _, i := range list {
			lines = append(lines, i.ID+" of "+i.ProfileID)
		}
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], lot, "")
	}
	slices.Sort(lines[1:])
	return lines
}

// Sixteen agents merge, tell apart and undo the same few people at random, some of them with the same operation: what is stored is what the log says, and the log what they were told.
func TestSixteenAgentsAtTheSamePeople(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, w world) {
		for k := range 6 {
			w.profile(fmt.Sprint("prf_", k))
		}
		var all sync.WaitGroup
		decided := make(chan string, 16*20)
		for agent := range 16 {
			all.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(agent/2), 9)) // two agents each do the same
				for n := range 12 {
					d, err := w.Decide(t.Context(), randomChange(rng, fmt.Sprint("op_", agent/2, "_", n)))
					var refusal *contact.Error
					switch {
					case err == nil:
						decided <- d.ID + d.Op
					case !errors.As(err, &refusal):
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		close(decided)
		told := map[string]bool{}
		for d := range decided {
			told[d] = true
		}
		log, _, err := w.db.Decisions.List(t.Context(), store.Range{Index: "n", Lower: int64(1), Limit: 1000})
		require.NoError(t, err)
		require.Len(t, log, len(told))
		require.Greater(t, len(log), 10)
		for _, d := range log {
			require.True(t, told[d.ID+d.Op])
		}
		require.NoError(t, w.Sweep(t.Context()))
		report, err := gateway.Examine(t.Context(), w.db, io.Discard)
		require.NoError(t, err)
		for _, r := range report {
			require.Empty(t, r.Violations, r.Rule)
		}
	})
}

func randomChange(rng *rand.Rand, op string) people.Change {
	a, b := fmt.Sprint("prf_", rng.IntN(6)), fmt.Sprint("prf_", rng.IntN(6))
	c := people.Change{Op: op, Kind: contact.Merged, A: a, B: b}
	switch rng.IntN(8) {
	case 0:
		c.Kind = contact.Distinct
	case 1:
		c.Kind = contact.DistinctUndone
	case 2, 3, 4:
		c.Kind, c.Of = contact.MergeUndone, contact.TreeDecisionID(1+rng.Int64N(30))
	}
	return c
}
