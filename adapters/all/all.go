// Package all is the list of adapters. A new channel is one folder beside it and one line here.
package all

import (
	"maps"
	"slices"

	"usher/adapters"
	"usher/adapters/email"
	"usher/adapters/standard"
	"usher/adapters/twilio"
)

// Adapters are the adapters by the name that a source's configuration calls them by.
var Adapters = map[string]adapters.Builder{
	"email":    email.New,
	"standard": standard.New,
	"twilio":   twilio.New,
}

// Names are the names of all adapters, in order.
func Names() []string { return slices.Sorted(maps.Keys(Adapters)) }
