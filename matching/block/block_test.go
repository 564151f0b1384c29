package block

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/matching/compare"
)

func record(values ...compare.Value) *compare.Record {
	return compare.Prepare(compare.Profile{Region: "DE", Values: values})
}

func kinds(r *compare.Record) []string {
	var all []string
	for _, k := range Keys(r) {
		all = append(all, k.Kind)
	}
	return all
}

// Who is written in two ways must still share a key.
func TestSpellingsShareAKey(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]compare.Value{
		{{Field: compare.Name, Text: "Дмитрий Иванов"}, {Field: compare.Name, Text: "Ivanov, Dmitry"}},
		{{Field: compare.Name, Text: "Bob Smith"}, {Field: compare.Name, Text: "Robert Smith"}},
		{{Field: compare.Name, Text: "Ana Silva"}, {Field: compare.Mail, Text: "silva.ana@example.com"}},
		{{Field: compare.Mail, Text: "ana.silva+shop@gmail.com"}, {Field: compare.Mail, Text: "anasilva@googlemail.com"}},
		{{Field: compare.Mail, Text: "rocketx7832@gmail.com"}, {Field: compare.Mail, Text: "rocketx7832@web.de"}},
		{{Field: compare.Phone, Text: "030 123456"}, {Field: compare.Phone, Text: "+49 30 123456"}},
		{{Field: compare.Reference, Text: "4711-0815"}, {Field: compare.Reference, Text: "47110815"}},
		{{Field: compare.Mentioned, Text: "AC20261124"}, {Field: compare.Mentioned, Text: "ac-2026-1124"}},
	} {
		a, b := Hashes(Keys(record(c[0]))), Hashes(Keys(record(c[1])))
		require.True(t, slices.ContainsFunc(a, func(h uint64) bool { return slices.Contains(b, h) }), "%v / %v", c[0], c[1])
	}
}

// A role mailbox's local part would join every company's front desk.
func TestARoleMailboxHasNoLocalKey(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"mail"}, kinds(record(compare.Value{Field: compare.Mail, Text: "info@example.com"})))
}

// Whoever names the addresses of a whole department is still found by their own number and name.
func TestQuotedAddressesLeavePlaceForTheOwnKeys(t *testing.T) {
	t.Parallel()
	own := []compare.Value{{Field: compare.Name, Text: "Wilhelmina Okonkwo"}, {Field: compare.Phone, Text: "030 123456"}, {Field: compare.City, Text: "Berlin"}, {Field: compare.Mentioned, Text: "AC20261124"}}
	all := slices.Clone(own)
	for i := range 16 {
		all = append(all, compare.Value{Field: compare.Mail, Text: fmt.Sprintf("colleague.number%c@company%d.example", 'a'+i, i), Provenance: contact.Extracted})
	}
	alone, among := Keys(record(own...)), Keys(record(all...))
	require.Len(t, among, MaxKeys)
	for _, k := range alone {
		if !k.Weak {
			require.Contains(t, among, k)
		}
	}
	require.Subset(t, Keys(record(all[:6]...)), alone, "two addresses more displace nothing")
}

// Keys are stored in eight bytes, so their function must never change.
func TestHashesNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, uint64(0x27635d5fe5b702dd), hashOf("phone", "+4930123456"))
}

func TestKeysAreFewAndOnce(t *testing.T) {
	t.Parallel()
	var values []compare.Value
	for i := range 40 {
		values = append(values, compare.Value{Field: compare.Name, Text: fmt.Sprintf("Ana%c Silva%c", 'a'+i%20, 'b'+i%15)}, compare.Value{Field: compare.Phone, Text: fmt.Sprintf("+49301234%02d", i)})
	}
	keys := Hashes(Keys(record(values...)))
	require.Len(t, keys, MaxKeys)
	slices.Sort(keys)
	require.Len(t, slices.Compact(keys), MaxKeys)
}

// Whatever the data, a lookup is bounded, and what was ignored is named.
func TestALookupIsBounded(t *testing.T) {
	t.Parallel()
	x := NewIndex()
	one := Keys(record(compare.Value{Field: compare.Phone, Text: "+4930123456"}, compare.Value{Field: compare.Name, Text: "Ana Silva"}))
	for i := range int32(1000) {
		x.Add(i, one)
	}
	candidates, hot := x.Lookup(one)
	require.Empty(t, candidates)
	require.Equal(t, "phone", hot[0].Kind)
	require.Equal(t, "+4930123456", hot[0].Text)

	many := NewIndex()
	var asked []Key
	for i := range int32(2000) {
		k := Key{Hash: uint64(i / 100)}
		many.Add(i, []Key{k})
		if i%100 == 0 {
			asked = append(asked, k)
		}
	}
	candidates, _ = many.Lookup(asked)
	require.LessOrEqual(t, len(candidates), MaxCandidates)
}

// A key of few holders tells more than several of many.
func TestRankPutsTheRarestKeyFirst(t *testing.T) {
	t.Parallel()
	common := []int32{1, 2, 3, 4, 5, 6, 7, 8}
	require.Equal(t, int32(9), Rank([][]int32{{9}, common}, 1000)[0])
	require.Equal(t, int32(3), Rank([][]int32{common, {3, 10, 11}}, 1000)[0])
	crowd := make([]int32, 500)
	for i := range crowd {
		crowd[i] = int32(i)
	}
	require.Empty(t, Rank([][]int32{crowd}, 1000))
}
