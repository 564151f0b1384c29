package ingest_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/gateway/events"
	"usher/gateway/ingest"
	"usher/gateway/store"
	"usher/gateway/store/storetest"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// office enters people into one store.
type office struct {
	*ingest.Ingest
	t  *testing.T
	db *store.DB
}

func newOffice(t *testing.T, driver store.Driver) office {
	db, err := store.Open(t.Context(), driver)
	require.NoError(t, err)
	own := ingest.Own{Emails: []string{"support@acme.example"}}
	return office{ingest.New(db, nil, own, slog.New(slog.DiscardHandler)), t, db}
}

func (o office) enter(e contact.Entry) ingest.Entered {
	o.t.Helper()
	foreseen, err := o.Foresee(o.t.Context(), e)
	require.NoError(o.t, err)
	out, err := o.Enter(o.t.Context(), e)
	require.NoError(o.t, err)
	if out.Contradicts { // one more who shares a contact point: how much that says of the others is known afterwards
		foreseen.Duplicates = out.Duplicates
	}
	require.Equal(o.t, out, foreseen, "what was foreseen is what happened")
	return out
}

func (o office) profile(id string) contact.Profile {
	o.t.Helper()
	p, err := o.db.Profiles.Find(o.t.Context(), id)
	require.NoError(o.t, err)
	return p
}

// row is an entry of an import.
func row(by, name string, identifiers ...contact.Identifier) contact.Entry {
	return contact.Entry{By: by, Provenance: contact.FromImport, Who: "imp_1", Region: "DE", Identifiers: identifiers, DisplayName: name, At: noon}
}

func mail(v string) contact.Identifier { return contact.Identifier{Scheme: contact.Mailto, Value: v} }
func tel(v string) contact.Identifier  { return contact.Identifier{Scheme: contact.Tel, Value: v} }
func crm(v string) contact.Identifier {
	return contact.Identifier{Scheme: contact.External, Scope: "crm", Value: v}
}

// An entry goes by the table that contacts go by: who has the contact points, and whether the name fits, decides whether it is somebody new.
func TestEntriesAttachAsContactsDo(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		ana := o.enter(row("imp_1.1", "Ana Silva", mail("Ana@Mail.example"), tel("0151 23456789"), crm("7")))
		require.Equal(t, ingest.Created, ana.Outcome)
		require.Equal(t, contact.FromImport, o.profile(ana.ProfileID).NameProvenance)
		require.Len(t, o.profile(ana.ProfileID).Points, 3)
		for _, c := range []struct {
			what        string
			entry       contact.Entry
			outcome     ingest.Outcome
			same        bool // as Ana
			contradicts bool
		}{
			{"all of it again", row("imp_1.2", "Ana Silva", mail("ana@mail.example"), tel("+49 151 23456789")), ingest.Matched, true, false},
			{"the number in another spelling, without a name", row("imp_1.3", "", tel("0049 (151) 234 567 89")), ingest.Matched, true, false},
			{"a further address", row("imp_1.4", "Silva, Ana", mail("ana@work.example"), tel("+4915123456789")), ingest.Updated, true, false},
			{"another name at the number", row("imp_1.5", "Bruno Kurz", tel("+4915123456789")), ingest.Created, false, true},
			{"another name under the id in their system", row("imp_1.6", "Ana Kurz", crm("7")), ingest.Updated, true, false},
			{"a name alone", row("imp_1.7", "Carla Diaz"), ingest.Created, false, false},
		} {
			out := o.enter(c.entry)
			require.Equal(t, c.outcome, out.Outcome, c.what)
			require.Equal(t, c.same, out.ProfileID == ana.ProfileID, c.what)
			require.Equal(t, c.contradicts, out.Contradicts, c.what)
			again, err := o.Enter(t.Context(), c.entry)
			require.NoError(t, err)
			require.Equal(t, out.ProfileID, again.ProfileID, c.what)
			require.Equal(t, out.Duplicates, again.Duplicates, c.what)
			if out.Outcome == ingest.Created {
				require.Equal(t, ingest.Created, again.Outcome, c.what)
			}
		}
		nobody := o.enter(row("imp_1.8", "", tel("+4915123456789")))
		require.Equal(t, ingest.Ambiguous, nobody.Outcome, "two people have the number, and no name tells which")
		require.Empty(t, nobody.ProfileID)
		require.Contains(t, nobody.Candidates, ana.ProfileID)
		interactions, err := o.db.Interactions.Count(t.Context(), "occurred")
		require.NoError(t, err)
		require.Zero(t, interactions)
	})
}

// Of what agents say of a place the later stands, whenever an entry that stopped is gone on with.
func TestAnEntryThatIsLateCorrectsNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		said := func(by, city string, at time.Time) contact.Profile {
			e := contact.Entry{By: by, Provenance: contact.FromAgent, Who: "anna", Identifiers: []contact.Identifier{mail("ana@mail.example")}, Evidence: []contact.Evidence{{Kind: "city", Left: city}}, At: at}
			return o.profile(o.enter(e).ProfileID)
		}
		city := func(p contact.Profile) string {
			require.Len(t, p.Evidence, 1)
			return p.Evidence[0].Left
		}
		require.Equal(t, "Porto", city(said("op_1", "Porto", noon)))
		require.Equal(t, "Faro", city(said("op_2", "Faro", noon.Add(time.Hour))))
		require.Equal(t, "Faro", city(said("op_1", "Porto", noon)))
		require.Equal(t, "Porto", city(said("op_3", "Porto", noon.Add(2*time.Hour))))
	})
}

// An entry that names two people's contact points belongs to the holder of the strongest, and says that the two may be one.
func TestAnEntryOfTwoPeopleFlagsThem(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		one := o.enter(row("imp_1.1", "Ana Silva", crm("7")))
		two := o.enter(row("imp_1.2", "Ana Silva", mail("ana@mail.example")))
		both := o.enter(row("imp_1.3", "Ana Silva", mail("ana@mail.example"), crm("7")))
		require.Equal(t, one.ProfileID, both.ProfileID)
		a, b := contact.OrderedPair(one.ProfileID, two.ProfileID)
		flag, err := o.db.Duplicates.Find(t.Context(), o.db.Salt.ID(contact.DuplicatePrefix, a, b))
		require.NoError(t, err)
		require.Contains(t, []string{"imp_1.2", "imp_1.3"}, flag.CreatedBy)
	})
}

// Nobody is made of what is our own, cannot be read, says nothing, or is beyond what a profile keeps; and the error does not repeat it.
func TestEntriesOfNobodyAreRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		for code, e := range map[string]contact.Entry{
			"own_contact_point":     row("r", "Us", mail("Support@acme.example")),
			"unreadable_identifier": row("r", "Ana", tel("secret")),
			"unreadable_name":       {By: "r", Provenance: contact.FromAgent, DisplayName: "Ana", Names: []string{"A. Silva", "4711"}, At: noon},
			"nobody":                row("r", " "),
			"name":                  row("r", string(make([]rune, contact.MaxName+1))),
			"tag":                   {By: "r", Provenance: contact.FromAgent, DisplayName: "Ana", Tags: []string{""}, At: noon},
			"too_many":              {By: "r", Provenance: contact.FromAgent, DisplayName: "Ana", Tags: make([]string, contact.MaxTags+1), At: noon},
		} {
			_, err := o.Enter(t.Context(), e)
			var refusal *contact.Error
			require.ErrorAs(t, err, &refusal, code)
			require.Equal(t, contact.Invalid, refusal.Kind)
			require.Equal(t, code, refusal.Code)
			require.NotContains(t, refusal.Error(), "secret")
			_, foreseen := o.Foresee(t.Context(), e)
			require.Equal(t, err, foreseen)
		}
	})
}

// What an agent said stands against an import, and of two imports the later one; lists are united.
func TestASingleValueIsTheAgentsElseTheLatestImports(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		say := func(by, name string, p contact.Provenance, at time.Time, phone string) contact.Profile {
			e := row(by, name, crm("7"))
			e.Provenance, e.At, e.Tags = p, at, []string{by}
			e.Fields = []contact.Pair{{Name: "plan", Value: phone}}
			return o.profile(o.enter(e).ProfileID)
		}
		say("a", "Ana", contact.FromImport, noon, "gold")
		p := say("b", "Ana Silva", contact.FromImport, noon.Add(time.Hour), "silver")
		require.Equal(t, []string{"Ana Silva", "silver"}, []string{p.Name, p.Fields[0].Value})
		p = say("a", "Ana", contact.FromImport, noon, "gold")
		require.Equal(t, []string{"Ana Silva", "silver"}, []string{p.Name, p.Fields[0].Value}, "an old row that runs again changes nothing")
		say("c", "Ana Maria", contact.FromAgent, noon.Add(-time.Hour), "platinum")
		p = say("d", "A. Silva", contact.FromImport, noon.Add(2*time.Hour), "none")
		require.Equal(t, []string{"Ana Maria", "platinum"}, []string{p.Name, p.Fields[0].Value})
		require.Equal(t, []string{"a", "b", "c", "d"}, p.Tags)
		require.Len(t, p.Fields, 1)
		require.Len(t, p.Names, 4)
	})
}

// Twenty processes that enter one person at once make one profile.
func TestOnePersonEnteredByManyIsOneProfile(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		var all sync.Map
		var group sync.WaitGroup
		for n := range 20 {
			group.Go(func() {
				out, err := o.Enter(context.Background(), row(fmt.Sprint("imp_1.", n), "Ana Silva", mail("ana@mail.example"), crm("7")))
				if err != nil {
					all.Store(err.Error(), true)
				}
				all.Store(out.ProfileID, true)
			})
		}
		group.Wait()
		count := 0
		all.Range(func(any, any) bool { count++; return true })
		require.Equal(t, 1, count)
	})
}

// A contact point is given before its holder's profile is written down. Whoever meets it in between writes the profile, and has created nobody: that is said to the first alone, whose values the person keeps.
func TestTheFirstOfTwoEntriesAloneHasCreated(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		o := newOffice(t, s)
		first, second := row("op_1", "Ana Silva", mail("ana@mail.example")), row("op_2", "Ana Maria Silva", mail("ana@mail.example"))
		first.Languages, second.Languages = []string{"pt"}, []string{"en"}
		s.StopAfter(1)
		_, err := o.Enter(t.Context(), first)
		require.ErrorIs(t, err, storetest.ErrStopped)
		s.GoOn()

		var refused *contact.Error
		_, err = o.Create(t.Context(), second)
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "identity_taken", refused.Code)
		later := o.enter(second)
		require.Equal(t, refused.Details.Holder, later.ProfileID)
		require.NotEqual(t, ingest.Created, later.Outcome)
		out, err := o.Create(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, ingest.Created, out.Outcome)
		require.Equal(t, later.ProfileID, out.ProfileID)
		require.Len(t, o.profile(out.ProfileID).Names, 2)
		require.ElementsMatch(t, []string{"pt", "en"}, o.profile(out.ProfileID).Languages)
	})
}

// A number that its holder has lost is its next holder's, who does not inherit what was before; what happened before stays the first one's.
func TestANewHolderOfANumberDoesNotInherit(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		o := newOffice(t, driver)
		at := func(by string, hours int) ingest.Entered {
			e := row(by, "", tel("+49301234567"))
			e.At = noon.Add(time.Duration(hours) * time.Hour)
			return o.enter(e)
		}
		first := at("imp_1.1", 0)
		base := o.db.Salt.IdentityID(contact.Tel, "", "+49301234567", "")
		lose := func(id string, hours int) {
			i, err := o.db.Identities.Find(t.Context(), id)
			require.NoError(t, err)
			i.ValidUntil = noon.Add(time.Duration(hours) * time.Hour)
			_, err = o.db.Identities.Swap(t.Context(), i)
			require.NoError(t, err)
		}
		lose(base, 2)
		require.Equal(t, first.ProfileID, at("imp_1.2", 1).ProfileID, "it was still the first one's")
		second := at("imp_1.3", 3)
		require.Equal(t, ingest.Created, second.Outcome)
		require.False(t, second.Contradicts)
		require.Equal(t, second.ProfileID, at("imp_1.4", 4).ProfileID)
		lose(o.profile(second.ProfileID).Points[0].ID, 5)
		third := at("imp_1.5", 6)
		require.Equal(t, ingest.Created, third.Outcome)
		require.Equal(t, []string{first.ProfileID, second.ProfileID, third.ProfileID}, []string{at("imp_1.6", 1).ProfileID, at("imp_1.7", 4).ProfileID, at("imp_1.8", 7).ProfileID})
	})
}

// An entry that stops at any write, and runs again, ends as one that ran through, and has told of each contact point once.
func TestAnEntryThatStopsAnywhereIsFinishedByItsRepeat(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		o := newOffice(t, s)
		whole := map[string]any{}
		for k := range 20 {
			s.GoOn()
			at := func(v string) string { return fmt.Sprintf("%s%d@mail.example", v, k) }
			o.enter(row(fmt.Sprint("known.", k), "Ana Silva", mail(at("ana"))))
			e := row(fmt.Sprint("new.", k), "Ana Silva", crm(fmt.Sprint(k)), mail(at("silva")), mail(at("a.silva")))
			e.Tags, e.Fields, e.Evidence = []string{"vip"}, []contact.Pair{{Name: "plan", Value: "gold"}}, []contact.Evidence{{Kind: "city", Left: "Berlin"}}
			s.StopAfter(int64(k))
			_, err := o.Enter(t.Context(), e)
			stopped := err != nil
			s.GoOn()
			out, err := o.Enter(t.Context(), e)
			require.NoError(t, err)
			require.Equal(t, ingest.Created, out.Outcome, k)
			p := o.profile(out.ProfileID)
			points, fields := len(p.Points), len(p.Fields)
			require.Equal(t, 3, o.pointsTold(e.By, out.ProfileID), "stopped after %d writes", k)
			whole[fmt.Sprint(points, p.Tags, fields, len(p.Evidence), len(p.Names), p.Name)] = true
			if !stopped {
				require.Greater(t, k, 5)
				require.Len(t, whole, 1)
				return
			}
		}
		require.Fail(t, "it never ran through")
	})
}

// An entry that stops at any write of what a known person learns, and runs again, has told of it, and an agent's is listed among the decisions.
func TestWhatAnEntryChangesIsToldWhereverItStops(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, _ int) {
		s := storetest.NewStopping(driver)
		o := newOffice(t, s)
		for said, name := range map[contact.Provenance]string{contact.FromImport: "Ana Silva", contact.FromAgent: "Bruno Kurz"} {
			known := o.enter(row(string(said), name, crm(string(said))))
			for k := 0; ; k++ {
				e := row(fmt.Sprint(said, k), name, crm(string(said)))
				e.Provenance, e.Tags = said, []string{fmt.Sprint("tag", k)}
				e.Evidence = []contact.Evidence{{Kind: "city", Left: fmt.Sprint("Berlin ", k)}}
				s.StopAfter(int64(k))
				_, failed := o.Enter(t.Context(), e)
				s.GoOn()
				for range 2 {
					out, err := o.Enter(t.Context(), e)
					require.NoError(t, err)
					require.Equal(t, known.ProfileID, out.ProfileID)
				}
				require.Contains(t, o.profile(known.ProfileID).Tags, e.Tags[0])
				require.Equal(t, []string{"profile.updated " + known.ProfileID}, o.told(e.By), "stopped after %d writes", k)
				listed, err := o.db.Decisions.FindAll(t.Context(), o.db.Salt.ID(contact.DecisionPrefix, e.By))
				require.NoError(t, err)
				require.Len(t, listed, map[contact.Provenance]int{contact.FromAgent: 1}[said], "stopped after %d writes", k)
				if failed == nil {
					require.Greater(t, k, 2)
					break
				}
			}
		}
	})
}

// told is what was told of an entry.
func (o office) told(by string) (news []string) {
	o.t.Helper()
	all, _, err := o.db.Events.List(o.t.Context(), store.Range{Index: "at", Limit: store.MaxLimit})
	require.NoError(o.t, err)
	for _, e := range all {
		if e.By == by {
			news = append(news, e.Type+" "+e.Subject)
		}
	}
	return news
}

// pointsTold is how many contact points of a profile an entry told of.
func (o office) pointsTold(by, profile string) (n int) {
	for _, news := range o.told(by) {
		if news == string(events.IdentityAdded)+" "+profile {
			n++
		}
	}
	return n
}

// Whatever was entered before, what is foreseen is what happens, a repeat makes nobody anew, and each entry that is one person's alone finds it again.
func TestForeseenIsWhatHappens(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, driver store.Driver, scale int) {
		o := newOffice(t, driver)
		runs := 0
		rapid.Check(t, func(r *rapid.T) {
			if runs++; runs > 200/min(scale, 8) { // each run is a few dozen steps of a real store
				return
			}
			for n := range rapid.IntRange(1, 6).Draw(r, "entries") {
				e := row(fmt.Sprintf("run%d.%d", runs, n), rapid.SampledFrom([]string{"", "Ana Silva", "Bruno Kurz", "Carla Diaz", "Dora Weiss", "Emil Braun"}).Draw(r, "name"))
				for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 3, rapid.ID[int]).Draw(r, "ids") {
					e.Identifiers = append(e.Identifiers, []contact.Identifier{
						mail(fmt.Sprintf("m%d@mail.example", runs)), tel(fmt.Sprintf("+4930%06d", runs+100000)), crm(fmt.Sprint("a", runs)), crm(fmt.Sprint("b", runs)),
					}[id])
				}
				if e.DisplayName == "" && len(e.Identifiers) == 0 {
					continue
				}
				out := o.enter(e)
				again, err := o.Enter(t.Context(), e)
				require.NoError(t, err)
				require.Equal(t, out.ProfileID, again.ProfileID)
				require.Subset(t, again.Duplicates, out.Duplicates, "how rare a name is may be known better by then, and one more be likely")
			}
		})
	})
}
