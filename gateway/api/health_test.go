package api

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// A part of a polled source that has lost something is red, whatever else it says of itself.
func TestAUnitWithSomethingMissingIsRed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unit  contact.Unit
		color string
	}{
		"all accounted for": {contact.Unit{Seen: 10, Stored: 9, Gone: 1}, "green"},
		"one put aside":     {contact.Unit{Seen: 10, Stored: 9, Quarantined: 1}, "yellow"},
		"one missing":       {contact.Unit{Seen: 10, Stored: 8, Gone: 1}, "red"},
		"one too many":      {contact.Unit{Seen: 10, Stored: 10, Gone: 1}, "red"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.unit.Name, c.unit.State = "INBOX", contact.Waiting
			color, _ := health(SourceState{Units: []contact.Unit{c.unit.Judged(contact.Unit{})}, Completeness: Completeness{Seen: 10}})
			require.Equal(t, c.color, color)
		})
	}
}

// A message that is not tried again has no time of the next try.
func TestAHoleThatStaysHasNoNextTry(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(contact.Hole{Key: "7", Reason: "larger than email.max_message", Tries: 1})
	require.NoError(t, err)
	require.JSONEq(t, `{"key": "7", "reason": "larger than email.max_message", "tries": 1}`, string(text))
}
