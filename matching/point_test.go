package matching_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/matching"
)

// A place's number and a function's mailbox are nobody's own; a pocket's number, a person's mailbox and an account are.
func TestImpersonalIsWhatStandsForAPlaceOrAFunction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme     contact.Scheme
		value      string
		impersonal bool
	}{
		{contact.Tel, "+493012345678", true},
		{contact.Tel, "+4917612345678", false},
		{contact.Mailto, "info@acme.example", true},
		{contact.Mailto, "vertrieb@acme.example", true},
		{contact.Mailto, "maria.lopez@acme.example", false},
		{contact.External, "info@acme.example", false},
	} {
		require.Equal(t, c.impersonal, matching.Impersonal(c.scheme, c.value), c.value)
	}
}
