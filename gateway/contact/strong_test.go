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
	mailbox := contact.Evidence{Kind: "email_same_mailbox", WeightBits: 9, Left: "a.da@byron.example", Right: "ada@byron.example"}
	seen := []contact.Evidence{{Kind: "prior", WeightBits: -12}, phone, mailbox}
	for name, c := range map[string]struct {
		added contact.Evidence
		new   bool
	}{
		"an address":                     {contact.Evidence{Kind: "email_same", WeightBits: 12, Left: "ada@byron.example", Right: "ada@byron.example"}, true},
		"a document":                     {contact.Evidence{Kind: "reference_same", WeightBits: 8, Left: "X1", Right: "X1"}, true},
		"one contact of both":            {contact.Evidence{Kind: contact.InOneContact, Left: "idn_1", Right: "idn_2"}, true},
		"a further number":               {contact.Evidence{Kind: "phone_same", Left: "+14155550199", Right: "+14155550199", Via: contact.CountedOnce}, true},
		"a mailbox under two spellings":  {contact.Evidence{Kind: "email_same_mailbox", WeightBits: 11, Left: "ada+shop@byron.example", Right: "ada@byron.example"}, true},
		"an order":                       {contact.Evidence{Kind: "mentioned_same", WeightBits: 10, Left: "47110815", Right: "47110815"}, true},
		"a short order":                  {contact.Evidence{Kind: "mentioned_same", WeightBits: 6.7, Left: "4711081", Right: "4711081"}, false},
		"a slip of the pen":              {contact.Evidence{Kind: "email_near", WeightBits: 9, Left: "ada@lace.example", Right: "adda@lace.example"}, false},
		"one name at two providers":      {contact.Evidence{Kind: "email_same_local", WeightBits: 8.4, Left: "kitefan@web.example", Right: "kitefan@post.example"}, false},
		"a further account, none counts": {contact.Evidence{Kind: "handle_same", Left: "telegram:1", Right: "telegram:1", Via: contact.CountedOnce}, false},
		"a number of many":               {contact.Evidence{Kind: "phone_same", Left: "+14155550199", Right: "+14155550199", Via: "hot_value"}, false},
		"a household's number":           {contact.Evidence{Kind: "phone_shared", WeightBits: 3, Left: "+14155550199", Right: "+14155550199"}, false},
		"a name":                         {contact.Evidence{Kind: "name_full_exact", WeightBits: 14, Left: "Ada Byron", Right: "Ada Byron"}, false},
		"the same, weighed anew":         {contact.Evidence{Kind: "phone_same", WeightBits: 9, Left: "+14155550123", Right: "+14155550123"}, false},
		"the same from the other side":   {contact.Evidence{Kind: "email_same_mailbox", WeightBits: 9, Left: "ada@byron.example", Right: "a.da@byron.example"}, false},
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
