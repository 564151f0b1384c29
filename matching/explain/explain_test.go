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
