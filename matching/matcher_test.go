package matching

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/gateway/contact"
	"usher/matching/block"
	"usher/matching/compare"
	"usher/matching/weights"
)

// vocabulary is small, so that values meet.
var vocabulary = map[compare.Field][]string{
	compare.Name:         {"Ana Silva", "A. Silva", "Ana Souza", "Bruno Silva", "Анна Петрова", "Anna Petrov", "محمد حسن", "Mohammed Hassan", "Ana", "Dr. Hans Müller", "Hans Mueller", "王小明", "Xiaoming Wang"},
	compare.Mail:         {"ana.silva@gmail.com", "anasilva+news@gmail.com", "ana.silva@acme.com", "info@acme.com", "bruno@acme.com", "hans.mueller@web.de", "rocketx7832@mail.ru", "rocketx783@mail.ru"},
	compare.Phone:        {"+4930123456", "+4930123457", "+491721234567", "+5511987654321"},
	compare.Handle:       {"wa:+491721234567", "tg:@ana", "tg:@bruno", "fb:1"},
	compare.Organization: {"Acme GmbH", "Acme", "Booth Logistics"},
	compare.City:         {"Berlin", "Hamburg", "Berln"},
	compare.Postcode:     {"10115", "10117", "20095"},
	compare.Language:     {"de", "en"},
	compare.BirthDate:    {"1990-01-02", "1990-02-01", "1985-05-05"},
	compare.Reference:    {"4711-0815", "4711-0816"},
	compare.Mentioned:    {"AC20261124", "AC20261125", "12345"},
}

func profiles(t *rapid.T, label string) compare.Profile {
	p := compare.Profile{ID: label}
	for f := range compare.Fields {
		for _, v := range rapid.SliceOfN(rapid.SampledFrom(append([]string{""}, vocabulary[f]...)), 0, 2).Draw(t, label+f.String()) {
			if v != "" {
				names := rapid.IntRange(0, 5).Draw(t, "names")
				p.Values = append(p.Values, compare.Value{Field: f, Text: v, Provenance: contact.FromChannel, Sharing: compare.Sharing{Names: names}})
			}
		}
	}
	return p
}

// common makes some values rarer than others.
type common struct{}

func (common) Rarity(_ compare.Field, value string) float64 { return float64(len(value)%5) - 2 }

func matcher() Matcher { return Matcher{Model: weights.Shipped(), Frequencies: common{}} }

func TestScoreIsSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := compare.Prepare(profiles(t, "a")), compare.Prepare(profiles(t, "b"))
		if l, r := matcher().Score(a, b).Score, matcher().Score(b, a).Score; l != r {
			t.Fatalf("%v one way, %v the other", l, r)
		}
	})
}

func TestTheOrderOfValuesDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, b := profiles(t, "a"), compare.Prepare(profiles(t, "b"))
		shuffled := compare.Profile{ID: p.ID, Values: slices.Clone(p.Values)}
		rand.New(rand.NewPCG(1, uint64(len(p.Values)))).Shuffle(len(p.Values), func(i, j int) {
			shuffled.Values[i], shuffled.Values[j] = shuffled.Values[j], shuffled.Values[i]
		})
		if l, r := matcher().Score(compare.Prepare(p), b).Score, matcher().Score(compare.Prepare(shuffled), b).Score; l != r {
			t.Fatalf("%v in one order, %v in another", l, r)
		}
	})
}

// An agent must be able to add up what the console shows.
func TestTheEvidenceAddsUpToTheScore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := compare.Prepare(profiles(t, "a")), compare.Prepare(profiles(t, "b"))
		s := matcher().Score(a, b)
		v := matcher().Verdict(a, s, nil)
		sum := 0.0
		for _, e := range v.Evidence {
			sum += e.WeightBits
		}
		if d := sum - s.Score; d > 1e-9 || d < -1e-9 || v.Score != s.Score || v.Probability != s.Probability {
			t.Fatalf("evidence is %v, the score %v, the verdict's %v", sum, s.Score, v.Score)
		}
	})
}

// A field that one side lacks is learned, and it speaks against: the score must not rise.
func TestEvidenceAgainstNeverRaises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, b := profiles(t, "a"), compare.Prepare(profiles(t, "b"))
		f := rapid.SampledFrom([]compare.Field{compare.Name, compare.Phone, compare.Handle, compare.City, compare.Postcode, compare.BirthDate, compare.Reference, compare.Organization}).Draw(t, "field")
		p.Values = slices.DeleteFunc(p.Values, func(v compare.Value) bool { return v.Field == f })
		before := matcher().Score(compare.Prepare(p), b)
		p.Values = append(p.Values, compare.Value{Field: f, Text: rapid.SampledFrom(vocabulary[f]).Draw(t, "value")})
		after := matcher().Score(compare.Prepare(p), b)
		if term := matcher().Model.Term(&after.Pattern, f); term.Bits() < 0 && after.Score > before.Score {
			t.Fatalf("%s adds %v, and the score went from %v to %v", f, term.Bits(), before.Score, after.Score)
		}
	})
}

// The more people share a contact point, the less it says.
func TestSharingNeverRaises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, b := profiles(t, "a"), compare.Prepare(profiles(t, "b"))
		before := matcher().Score(compare.Prepare(p), b).Score
		for i := range p.Values {
			p.Values[i].Sharing.Names++
		}
		after := Matcher{Model: weights.Shipped(), Frequencies: common{}}.Score(compare.Prepare(p), b).Score
		if after > before {
			t.Fatalf("from %v to %v", before, after)
		}
	})
}

// People have many orders, and the next number is the next customer's: only the same one speaks, and a short one less.
func TestOnlyTheSameMentionedNumberSpeaks(t *testing.T) {
	t.Parallel()
	mentioned := func(number string) *compare.Record {
		return record(compare.Value{Field: compare.Mentioned, Text: number})
	}
	score := func(a, b string) float64 {
		return Matcher{Model: weights.Shipped()}.Score(mentioned(a), mentioned(b)).Score
	}
	prior := weights.Shipped().Prior
	require.Equal(t, prior, score("AC20261124", "AC20261125"))
	require.InDelta(t, prior+weights.Shipped().Weights[compare.Mentioned][compare.Same], score("AC20261124", "AC-2026-1124"), 1e-9)
	require.Greater(t, score("12345", "12345"), prior)
	require.Less(t, score("12345", "12345"), score("1234567", "1234567"))
	require.Less(t, score("1234567", "1234567"), score("AC20261124", "AC20261124"))
}

func TestNothingInCommonIsThePrior(t *testing.T) {
	t.Parallel()
	empty := compare.Prepare(compare.Profile{})
	full := compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.Name, Text: "Ana Silva"}, {Field: compare.Phone, Text: "+4930123456"}}})
	require.Equal(t, weights.Shipped().Prior, matcher().Score(empty, full).Score)
}

func record(values ...compare.Value) *compare.Record {
	return compare.Prepare(compare.Profile{Values: values})
}

func named(name string) compare.Value  { return compare.Value{Field: compare.Name, Text: name} }
func mailed(mail string) compare.Value { return compare.Value{Field: compare.Mail, Text: mail} }
func phoned(phone string, names int) compare.Value {
	return compare.Value{Field: compare.Phone, Text: phone, Sharing: compare.Sharing{Names: names}}
}

// What is counted once must not be counted again: each rule by its cause.
func TestDependenceRules(t *testing.T) {
	t.Parallel()
	place := func(city, postcode string) []compare.Value {
		return []compare.Value{named("Ana Silva"), {Field: compare.City, Text: city}, {Field: compare.Postcode, Text: postcode}}
	}
	for name, c := range map[string]struct {
		a, b  *compare.Record
		field compare.Field
		cause compare.Cause
	}{
		"the local part is the name's":        {record(named("Olivia Brown"), mailed("olivia.brown@harris.com")), record(named("Olivia Brown"), mailed("olivia.brown@jonesgroup.net")), compare.Mail, compare.MadeOfName},
		"the local part is not the name's":    {record(named("Olivia Brown"), mailed("rocketx7832@harris.com")), record(named("Olivia Brown"), mailed("rocketx7832@jonesgroup.net")), compare.Mail, compare.NoCause},
		"a household's number":                {record(named("Ana Silva"), phoned("+4930123456", 2)), record(named("Bruno Silva"), phoned("+4930123456", 2)), compare.Phone, compare.SharedContact},
		"a switchboard":                       {record(named("Ana Silva"), phoned("+4930123456", 4)), record(named("Ana Silva"), phoned("+4930123456", 4)), compare.Phone, compare.HotValue},
		"a shared number and one name":        {record(named("Ana Silva"), phoned("+4930123456", 2)), record(named("Ana Silva"), phoned("+4930123456", 2)), compare.Phone, compare.NoCause},
		"a family's mailbox":                  {record(named("Ana Silva"), mailed("silva@example.com")), record(named("Bruno Silva"), mailed("silva@example.com")), compare.Mail, compare.SharedContact},
		"a role mailbox":                      {record(named("Ana Silva"), mailed("info@example.com")), record(named("Ana Silva"), mailed("info@example.com")), compare.Mail, compare.RoleMailbox},
		"the city follows from the postcode":  {record(place("Berlin", "10115")...), record(place("Berlin", "10115")...), compare.City, compare.ByPostcode},
		"the city alone":                      {record(place("Berlin", "10115")...), record(place("Berlin", "10117")...), compare.City, compare.NoCause},
		"the company is in the domain":        {record(mailed("ana@acme.com"), compare.Value{Field: compare.Organization, Text: "Acme Ltd"}), record(mailed("bo@acme.com"), compare.Value{Field: compare.Organization, Text: "ACME"}), compare.Organization, compare.ByMailDomain},
		"the handle is made of the telephone": {record(phoned("+491721234567", 0), compare.Value{Field: compare.Handle, Text: "wa:+491721234567"}), record(phoned("+491721234567", 0), compare.Value{Field: compare.Handle, Text: "wa:+491721234567"}), compare.Handle, compare.ByPhone},
	} {
		s := matcher().Score(c.a, c.b)
		require.NotEqual(t, compare.Null, s.Pattern[c.field].Level, name)
		require.Equal(t, c.cause, s.Pattern[c.field].Cause, name)
		if c.cause != compare.NoCause {
			require.Zero(t, matcher().Model.Term(&s.Pattern, c.field).Bits(), name)
		}
	}
}

// A household is no duplicate, however much its members share.
func TestAHouseholdIsNoDuplicate(t *testing.T) {
	t.Parallel()
	home := []compare.Value{phoned("+4930123456", 2), mailed("silva@example.com"), {Field: compare.City, Text: "Berlin"}, {Field: compare.Postcode, Text: "10115"}, {Field: compare.Language, Text: "pt"}}
	ana, bruno := record(append(slices.Clone(home), named("Ana Silva"))...), record(append(slices.Clone(home), named("Bruno Silva"))...)
	require.Less(t, matcher().Score(ana, bruno).Probability, 0.1)
	require.Greater(t, matcher().Score(ana, record(append(slices.Clone(home), named("A. Silva"))...)).Probability, 0.9)
}

func TestRankKeepsTheLikeliest(t *testing.T) {
	t.Parallel()
	of := compare.Prepare(compare.Profile{ID: "0", Values: []compare.Value{named("Ana Silva"), phoned("+4930123456", 0)}})
	same := compare.Prepare(compare.Profile{ID: "1", Values: []compare.Value{named("Ana Silva"), phoned("+4930123456", 0)}})
	near := compare.Prepare(compare.Profile{ID: "2", Values: []compare.Value{named("Ana Silva")}})
	other := compare.Prepare(compare.Profile{ID: "3", Values: []compare.Value{named("Hans Müller")}})
	ranked := matcher().Rank(of, []*compare.Record{other, near, of, same}, 0, 2)
	require.Len(t, ranked, 2)
	require.Equal(t, "1", ranked[0].Record.ID)
	require.Equal(t, "2", ranked[1].Record.ID)
	require.Empty(t, matcher().Rank(of, []*compare.Record{other}, .5, 3))
}

func TestVerdictNamesIgnoredKeys(t *testing.T) {
	t.Parallel()
	a := record(named("Ana Silva"))
	v := matcher().Verdict(a, matcher().Score(a, a), []block.Key{{Kind: "phone", Text: "+4930123456"}})
	require.Equal(t, []contact.Ignored{{Key: "phone +4930123456", Reason: "held_by_many"}}, v.Ignored)
	require.Equal(t, "certain", Band(.99))
	require.Equal(t, "likely", Band(.9))
	require.Equal(t, "possible", Band(.5))
}

// Who comes or goes elsewhere in the store is no reason to judge a pair otherwise: only how common its values are may move its score, and the explanation shows by how much.
func TestAnUnrelatedProfileMovesAScoreByTermFrequencyOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := profiles(t, "a"), profiles(t, "b")
		crowd := []compare.Profile{a, b, profiles(t, "c")}
		stranger := compare.Profile{ID: "stranger", Values: []compare.Value{
			{Field: compare.Name, Text: "Zacharias Quetzal"}, {Field: compare.Mail, Text: "zq@elsewhere.example"}, {Field: compare.Phone, Text: "+12025550199"}, {Field: compare.City, Text: "Ulan Bator"}, {Field: compare.Mentioned, Text: "99887766"},
		}}
		alone, among := scoredAmong(crowd), scoredAmong(append(crowd, stranger))
		for f := range compare.Fields {
			before, after := weights.Shipped().Term(&alone.Pattern, f), weights.Shipped().Term(&among.Pattern, f)
			before.Rarity, after.Rarity = 0, 0
			if before != after {
				t.Fatalf("%s was %v and is %v", f, before, after)
			}
		}
	})
}

// scoredAmong scores the first two of some profiles as a store of just these would.
func scoredAmong(all []compare.Profile) Scored {
	counts := weights.NewCounts()
	var records []*compare.Record
	for _, p := range all {
		records = append(records, compare.Prepare(p))
	}
	compare.Share(records)
	for _, r := range records {
		counts.Add(r)
	}
	return Matcher{Model: weights.Shipped(), Frequencies: counts}.Score(records[0], records[1])
}

// Bad input has a defined result: what cannot be read is as if it were missing, the rest is compared within its bounds, and the evidence still adds up.
func TestBadInputHasADefinedResult(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Ana ", 2500)
	good := record(named("Ana Silva"), mailed("ana.silva@example.com"), phoned("+4930123456", 0))
	for name, text := range map[string]string{
		"empty": "", "blank": " \t\n", "one word": "Ana", "ten thousand runes": long, "ten thousand runes of one word": strings.Repeat("я", 10_000), "control signs": "\x00\x01Ana\x1b[31m Silva\x7f",
		"marks of direction": "\u202eavliS anA\u202c", "mixed scripts": "Аna 王 Silvа محمد", "not UTF-8": "Ana \xff\xfe Silva\xc3", "only marks": "\u0301\u0301\u200d\ufe0f", "emoji": "👩‍👩‍👧", "signs": "@@@ ### +++",
	} {
		var values []compare.Value
		for f := range compare.Fields {
			values = append(values, compare.Value{Field: f, Text: text})
		}
		bad := compare.Prepare(compare.Profile{Region: "DE", Values: values})
		require.LessOrEqual(t, len(block.Keys(bad)), block.MaxKeys, name)
		for _, other := range []*compare.Record{good, bad} {
			s := matcher().Score(bad, other)
			require.False(t, math.IsNaN(s.Score) || math.IsInf(s.Score, 0), name)
			require.Equal(t, s.Score, matcher().Score(other, bad).Score, name)
			sum := 0.0
			for _, e := range matcher().Verdict(bad, s, nil).Evidence {
				sum += e.WeightBits
			}
			require.InDelta(t, s.Score, sum, 1e-9, name)
		}
		if strings.TrimSpace(text) == "" {
			require.Equal(t, weights.Shipped().Prior, matcher().Score(bad, good).Score, name)
		}
	}
}

// Names come from strangers: any bytes, in bounded time, with a defined result.
func FuzzCompareGarbage(f *testing.F) {
	f.Add("Ana Silva", "\u202eavliS anA\x00")
	f.Add(string(make([]rune, 10000)), "Müller\xff\xfe")
	f.Add("محمد\u200fحسن", "王小明,Ли,Σ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if CompareNames(a, b) != CompareNames(b, a) {
			t.Fatalf("CompareNames(%q, %q) depends on the order", a, b)
		}
		for field := range compare.Fields {
			l, r := record(compare.Value{Field: field, Text: a}), record(compare.Value{Field: field, Text: b})
			if keys := block.Keys(l); len(keys) > block.MaxKeys {
				t.Fatalf("%d keys", len(keys))
			}
			s := matcher().Score(l, r)
			if s.Score != matcher().Score(r, l).Score {
				t.Fatalf("the score of %q and %q depends on the order", a, b)
			}
			for _, e := range matcher().Verdict(l, s, nil).Evidence {
				if !utf8.ValidString(e.Kind) {
					t.Fatal("a code that is no text")
				}
			}
		}
	})
}
