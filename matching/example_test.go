package matching_test

import (
	"fmt"
	"strings"

	"usher/gateway/contact"
	"usher/matching"
	"usher/matching/compare"
	"usher/matching/weights"
)

// A call came from a number that nobody had, and left a name; two years before, somebody wrote. The example of the README.
func ExampleMatcher() {
	written := compare.Prepare(compare.Profile{ID: "prf_1", Region: "DE", Values: []compare.Value{
		{Field: compare.Name, Text: "Dmitry Ivanov", Provenance: contact.FromChannel},
		{Field: compare.Mail, Text: "dmitry.ivanov@harris.example", Provenance: contact.FromChannel},
		{Field: compare.Phone, Text: "0172 1234567", Provenance: contact.Extracted},
		{Field: compare.City, Text: "Köln"},
		{Field: compare.Postcode, Text: "50667"},
	}})
	called := compare.Prepare(compare.Profile{ID: "prf_2", Region: "DE", Values: []compare.Value{
		{Field: compare.Name, Text: "Дмитрий Иванов", Provenance: contact.FromChannel},
		{Field: compare.Mail, Text: "dmitry.ivanov@web.de", Provenance: contact.Claimed},
		{Field: compare.Phone, Text: "+49 172 1234568", Provenance: contact.FromChannel},
		{Field: compare.City, Text: "Koln"},
		{Field: compare.Postcode, Text: "50667"},
	}})
	seen := weights.NewCounts()
	seen.Add(written)
	seen.Add(called)
	m := matching.Matcher{Model: weights.Shipped(), Frequencies: seen}
	v := m.Verdict(called, m.Score(called, written), nil)
	for _, e := range v.Evidence {
		fmt.Printf("%+6.1f  %s\n", e.WeightBits, strings.TrimSpace(e.Kind+" "+e.Via))
	}
	fmt.Printf("%+6.1f  sum: %s, %.3f\n", v.Score, v.Band, v.Probability)
	// Output:
	// -12.0  prior
	//  +10.4  name_full_close
	//   +0.0  email_same_local made_of_name
	//   +3.0  phone_near
	//   +0.0  city_same by_postcode
	//   +6.0  postcode_same
	//   +7.4  sum: likely, 0.967
}
