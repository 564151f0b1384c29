package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

// said is what an agent tells of somebody whose name is like nobody else's.
func said(by, name string, identifiers ...contact.Identifier) contact.Entry {
	e := row(by, name, identifiers...)
	e.Provenance, e.Who, e.At = contact.FromAgent, "anna", store.Now()
	e.Tags, e.Fields = []string{"vip"}, []contact.Pair{{Name: "plan", Value: "gold"}}
	e.Evidence = []contact.Evidence{{Kind: "city", Left: "Flensburg"}, {Kind: "organization", Left: name + " Kites"}}
	return e
}

// surname is one that is like none with another number.
func surname(n int) string {
	letters := make([]byte, 9)
	for i := range letters {
		letters[i] = 'a' + byte((n*131+i*i*17*(n+3)+i*7)%26)
	}
	return string(letters)
}

// resume goes on with all that is unfinished.
func (o office) resume() {
	o.t.Helper()
	require.NoError(o.t, o.Resume(o.t.Context(), store.Now().Add(time.Second)))
	require.Zero(o.t, o.unfinished())
}

func (o office) unfinished() int {
	o.t.Helper()
	n, err := o.db.Unfinished.Count(o.t.Context(), "at")
	require.NoError(o.t, err)
	return int(n)
}

// became is everything that an entry has brought about, by words that are the same for each person.
func (o office) became(e contact.Entry, profile string) string {
	o.t.Helper()
	found, err := o.db.Profiles.FindAll(o.t.Context(), profile)
	require.NoError(o.t, err)
	p := found[profile]
	listed, err := o.db.Decisions.FindAll(o.t.Context(), o.db.Salt.ID(contact.DecisionPrefix, e.By))
	require.NoError(o.t, err)
	decided := "not listed"
	for _, d := range listed {
		decided = fmt.Sprint(d.Kind, d.Codes, d.Who)
	}
	flags, err := o.db.FlagsOf(o.t.Context(), profile, 10)
	require.NoError(o.t, err)
	var news []string
	for _, n := range o.told(e.By) {
		news = append(news, strings.Fields(n)[0])
	}
	slices.Sort(news)
	return fmt.Sprint(len(p.Points), len(p.Names), p.Tags, len(p.Fields), len(p.Evidence), " ", decided, " ", len(flags), " flags, told ", news)
}

// A request that tells of somebody may stop at any write, and nobody need send it again: nothing is there and the contact points are free, or it is gone on with until the person is as they were told of, listed, told of and held against others.
func TestAnEntryThatStopsAnywhereIsGoneOnWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		create bool
		known  func(word string) contact.Entry // who is there before, if it is about them
		entry  func(word string) contact.Entry
	}{
		"created": {true, nil, func(word string) contact.Entry {
			return said("new"+word, word+" "+word, crm(word), mail(word+"@mail.example"))
		}},
		"created by a name alone": {true, nil, func(word string) contact.Entry { return said("new"+word, word+" "+word) }},
		"upserted":                {false, nil, func(word string) contact.Entry { return said("new"+word, word+" "+word, crm(word)) }},
		"upserted, of somebody known": {
			false,
			func(word string) contact.Entry { return row("known"+word, "", crm(word)) },
			func(word string) contact.Entry {
				return said("new"+word, word+" "+word, crm(word), mail(word+"@mail.example"))
			},
		},
		"upserted, of somebody who has all the contact points": {
			false,
			func(word string) contact.Entry { return row("known"+word, "", crm(word)) },
			func(word string) contact.Entry { return said("new"+word, word+" "+word, crm(word)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
				s := storetest.NewStopping(driver)
				o := newOffice(t, s)
				became := map[string][]int{}
				for k := 0; ; k++ {
					word := surname(k)
					o.enter(said("twin"+word, word+" "+word, tel(fmt.Sprint("+49301234", 100+k))))
					e := c.entry(word)
					profile, enter := o.db.Salt.ID(contact.ProfilePrefix, e.By), o.Enter
					if c.create {
						enter = o.Create
					}
					if c.known != nil {
						profile = o.enter(c.known(word)).ProfileID
					}
					s.StopAfter(int64(k))
					_, err := enter(t.Context(), e)
					s.GoOn()
					whole := err == nil && o.unfinished() == 0
					o.resume()
					if k == 0 {
						require.Contains(t, o.became(e, profile), "not listed 0 flags, told []")
						require.NotEqual(t, ingest.Ambiguous, o.enter(e).Outcome, "nothing stands in the way")
						continue
					}
					words := o.became(e, profile)
					became[words] = append(became[words], k)
					if whole {
						require.Greater(t, k, 5)
						require.Len(t, became, 1)
						require.Contains(t, words, "1 flags")
						require.Contains(t, words, "enter[")
						return
					}
				}
			})
		})
	}
}

// What an agent has done since with a person whom an entry told of stands, also if the entry is only now known to be finished.
func TestAFinishedEntryIsNotEnteredAgain(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		o := newOffice(t, s)
		for k := int64(1); ; k++ {
			e := said(fmt.Sprint("op", k), "Ana Silva", crm(fmt.Sprint(k)))
			s.StopAfter(k)
			out, err := o.Create(t.Context(), e)
			s.GoOn()
			if err != nil {
				continue
			}
			require.Equal(t, 1, o.unfinished()-int(k-1), "it stopped at the very last write")
			require.NoError(t, people.New(o.db).Change(t.Context(), people.Edit{Profile: out.ProfileID, Who: "anna"}, people.Patch{Tags: &[]string{}}))
			o.resume()
			require.Empty(t, o.profile(out.ProfileID).Tags)
			return
		}
	})
}

// A profile of somebody's own is not made of a request that had written nothing when it stopped, once somebody else has the contact point: it may be the same agent, who told of the person anew.
func TestAnEntryThatHadNotBegunGivesWay(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		o := newOffice(t, s)
		s.StopAfter(1)
		_, err := o.Create(t.Context(), said("op1", "Ana Silva", tel("+4930123456")))
		require.ErrorIs(t, err, storetest.ErrStopped)
		s.GoOn()
		out, err := o.Create(t.Context(), said("op2", "Bruno Kurz", tel("+4930123456")))
		require.NoError(t, err)
		require.Equal(t, ingest.Created, out.Outcome)
		o.resume()
		n, err := o.db.Profiles.Count(t.Context(), "created")
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	})
}

// To be gone on with costs an agent's entry two small writes, beside that of its decision; the many rows of an import cost nothing more.
func TestOnlyAnAgentsEntryIsKeptApart(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		c := &counted{Driver: driver}
		o := newOffice(t, c)
		costs := func(e contact.Entry) int64 {
			before := c.writes.Load()
			_, err := o.Enter(t.Context(), e)
			require.NoError(t, err)
			return c.writes.Load() - before
		}
		imported := costs(row("imp_1.1", "Ana Silva", crm("1")))
		told := row("op_1", "Bruno Kurz", crm("2"))
		told.Provenance = contact.FromAgent
		require.Equal(t, imported+1+2, costs(told))
	})
}
