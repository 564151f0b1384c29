package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/matching/compare"
	"usher/matching/weights"
)

func TestExplainShowsBothValuesAndWhyAFieldIsSilent(t *testing.T) {
	t.Parallel()
	record := func(city string) *compare.Record {
		return compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.City, Text: city}, {Field: compare.Postcode, Text: "10115"}, {Field: compare.Mail, Text: "ana.silva@example.com"}}})
	}
	a, b := record("Berlin"), record("BERLIN")
	p := compare.Compare(a, b, nil)
	e := Explain(weights.Shipped(), &p, a, b)
	byCode := map[string]Term{}
	for _, term := range e.Terms {
		byCode[term.Code] = term
	}
	require.Equal(t, Term{Code: "city_same", Left: "Berlin", Right: "BERLIN", Cause: "by_postcode"}, byCode["city_same"])
	require.Equal(t, "ana.silva@example.com", byCode["email_same"].Left)
	require.Equal(t, weights.Shipped().Version, e.Model)

	named := compare.Prepare(compare.Profile{Values: []compare.Value{{Field: compare.Name, Text: "Ana Silva"}}})
	p = compare.Compare(a, named, nil)
	e = Explain(weights.Shipped(), &p, a, named)
	require.NotEmpty(t, e.Terms)
}

// Where an address is held against a name, it is these two that are shown, whatever else the sides have.
func TestExplainShowsTheAddressAndTheNameThatWereCompared(t *testing.T) {
	t.Parallel()
	values := func(v ...compare.Value) *compare.Record { return compare.Prepare(compare.Profile{Values: v}) }
	a := values(compare.Value{Field: compare.Name, Text: "王小明"}, compare.Value{Field: compare.Mail, Text: "office@berg.example"}, compare.Value{Field: compare.Mail, Text: "ann.berg@web.example"})
	b := values(compare.Value{Field: compare.Name, Text: "Ann Berg"})
	for side, pair := range map[string][2]*compare.Record{"left": {a, b}, "right": {b, a}} {
		p := compare.Compare(pair[0], pair[1], nil)
		terms := Explain(weights.Shipped(), &p, pair[0], pair[1]).Terms
		require.Len(t, terms, 1, side)
		address, name := terms[0].Left, terms[0].Right
		if side == "right" {
			address, name = name, address
		}
		require.Equal(t, "ann.berg@web.example", address, side)
		require.Equal(t, "Ann Berg", name, side)
	}
}
