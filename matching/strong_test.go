package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/matching/compare"
	"usher/matching/explain"
)

// Which levels of a field open what people have dismissed, and which do not, is decided of each: a level that is new stands in neither list and fails here.
func TestWhichEvidenceIsStrongIsDecidedOfEachKind(t *testing.T) {
	t.Parallel()
	text := []string{"same", "close", "fuzzy", "other"}
	decided := map[compare.Field]struct{ strong, weak []string }{
		compare.Name:         {nil, []string{"full_exact", "full_close", "full_fuzzy", "family_initial", "full_loose", "given_weak_family", "further_differs", "single_exact", "single_fuzzy", "single_loose", "family_only", "given_only", "contradiction"}},
		compare.Mail:         {[]string{"same", "same_mailbox"}, []string{"near", "same_local", "similar", "role", "same_domain", "other"}},
		compare.Address:      {nil, []string{"full", "partial", "initial", "none"}}, // an address and a name
		compare.Phone:        {[]string{"same"}, []string{"shared", "near", "other"}},
		compare.Handle:       {[]string{"same"}, []string{"other"}},
		compare.Organization: {nil, text},
		compare.Street:       {nil, text},
		compare.City:         {nil, text},
		compare.Region:       {nil, text},
		compare.Postcode:     {nil, text},
		compare.Country:      {nil, []string{"same", "other"}},
		compare.BirthDate:    {nil, []string{"same", "slip", "two_parts", "one_part", "other"}}, // as a name: namesakes and twins are told apart by people who know
		compare.Language:     {nil, []string{"same", "other"}},
		compare.Reference:    {[]string{"same"}, []string{"close", "fuzzy", "other"}},
		compare.Mentioned:    {[]string{"same"}, []string{"other"}},
		compare.Other:        {nil, text},
		compare.Other2:       {nil, text},
		compare.Other3:       {nil, text},
		compare.Other4:       {nil, text},
	}
	for f := range compare.Fields {
		d := decided[f]
		require.ElementsMatch(t, f.Codes()[1:], append(append([]string{}, d.strong...), d.weak...), f)
		for l := compare.Level(1); int(l) < len(f.Codes()); l++ {
			kind := explain.Code(f, l)
			strong := contact.Strong([]contact.Evidence{{Kind: kind, WeightBits: 12}})
			if strong == nil {
				require.Contains(t, d.weak, f.Codes()[l], kind)
			} else {
				require.Contains(t, d.strong, f.Codes()[l], kind)
			}
		}
	}
}
