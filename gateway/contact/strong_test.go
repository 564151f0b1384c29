package contact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// What opens a dismissed flag again is strong alone and about other values; a name never is, and the same values are nothing new however much they weigh by now and whichever side they stand on.
func TestOnlyStrongEvidenceAboutOtherValuesIsNew(t *testing.T) {
	t.Parallel()
	phone := contact.Evidence{Kind: "phone_same", WeightBits: 11, Left: "+14155550123", Right: "+14155550123"}
	near := contact.Evidence{Kind: "email_near", WeightBits: 9, Left: "ada@byron.example", Right: "adda@byron.example"}
	seen := []contact.Evidence{{Kind: "prior", WeightBits: -12}, phone, near}
	for name, c := range map[string]struct {
		added contact.Evidence
		new   bool
	}{
		"an address":                     {contact.Evidence{Kind: "email_same", WeightBits: 12, Left: "ada@byron.example", Right: "ada@byron.example"}, true},
		"a document":                     {contact.Evidence{Kind: "reference_same", WeightBits: 8, Left: "X1", Right: "X1"}, true},
		"one contact of both":            {contact.Evidence{Kind: contact.InOneContact, Left: "idn_1", Right: "idn_2"}, true},
		"a further number":               {contact.Evidence{Kind: "phone_same", Left: "+14155550199", Right: "+14155550199", Via: contact.CountedOnce}, true},
		"a further account, none counts": {contact.Evidence{Kind: "handle_same", Left: "telegram:1", Right: "telegram:1", Via: contact.CountedOnce}, false},
		"a number of many":               {contact.Evidence{Kind: "phone_same", Left: "+14155550199", Right: "+14155550199", Via: "hot_value"}, false},
		"a household's number":           {contact.Evidence{Kind: "phone_shared", WeightBits: 3, Left: "+14155550199", Right: "+14155550199"}, false},
		"a name":                         {contact.Evidence{Kind: "name_full_exact", WeightBits: 14, Left: "Ada Byron", Right: "Ada Byron"}, false},
		"the same, weighed anew":         {contact.Evidence{Kind: "phone_same", WeightBits: 9, Left: "+14155550123", Right: "+14155550123"}, false},
		"the same from the other side":   {contact.Evidence{Kind: "email_near", WeightBits: 9, Left: "adda@byron.example", Right: "ada@byron.example"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want []contact.Evidence
			if c.new {
				want = append(want, c.added)
			}
			require.Equal(t, want, contact.Beyond(contact.Strong(append([]contact.Evidence{c.added}, seen...)), seen))
		})
	}
}
