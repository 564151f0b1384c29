package event

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a mail program sends to the address of List-Unsubscribe is an opt-out; a customer who asks about one is a customer.
func TestAnUnsubscribeMailIsAnOptOut(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]bool{
		"unsubscribe": true, " Unsubscribe ": true, "UNSUBSCRIBE: 8f3a-77": true, "unsubscribe=list.9": true,
		"": false, "Re: unsubscribe": false, "unsubscribe me from this please": false, "unsubscribed": false, ":": false,
	} {
		require.Equal(t, want, unsubscribes(subject) != nil, subject)
	}
}
