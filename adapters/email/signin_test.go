package email_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// Refused credentials lock accounts: they are tried three times, then once an hour, by all folders together. Patience that a server asks for is no refusal.
func TestRefusedCredentialsAreNotHammered(t *testing.T) {
	t.Parallel()
	for answer, c := range map[string]struct {
		state contact.UnitState
		tries func(n int) bool
	}{
		"NO":                        {contact.AuthFailed, func(n int) bool { return n == 3 }},
		"NO [AUTHENTICATIONFAILED]": {contact.AuthFailed, func(n int) bool { return n == 3 }},
		"NO [UNAVAILABLE]":          {contact.BackingOff, func(n int) bool { return n > 10 }},
		"NO [LIMIT]":                {contact.BackingOff, func(n int) bool { return n > 10 }},
		"BAD":                       {contact.BackingOff, func(n int) bool { return n > 10 }},
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			s := newScript(1)
			s.answer = func(t *talk, command, line string) bool {
				if command == "LOGIN" {
					t.say("%s %s no entry for support@acme.example", strings.Fields(line)[0], answer)
				}
				return command == "LOGIN"
			}
			scripted(t, s, "folders: [INBOX, A, B, C]", func(b *bubble) {
				wait(b, 59*time.Minute)
				for _, u := range b.units {
					require.Equal(b, c.state, u.State)
					require.NotContains(b, u.Error, "support@")
				}
				require.True(b, c.tries(b.said("LOGIN")), b.said("LOGIN"))
				b.heal()
				b.stored(b.T, 4) // each folder of the script has the same one
			})
		})
	}
}

// Whatever a server says, and wherever, its words do not get into what is shown and logged: they may be names, addresses, or a piece of a mail.
func TestTheWordsOfAServerAreNotRepeated(t *testing.T) {
	t.Parallel()
	const name = "ana.silva@example.com"
	for at, answer := range map[string]string{
		"GREETING":   "* BYE " + name,
		"LOGIN":      "TAG BAD " + name,
		"SELECT":     "TAG NO [NONEXISTENT] " + name,
		"SEARCH":     "* " + name + " and so on",
		"FETCH SIZE": "* 1 FETCH (UID 1 " + name + " 5)",
		"FETCH BODY": "* 1 FETCH (UID 1 FLAGS (\"" + name + "\"))",
		"STORE":      name + " OK",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := newScript(3)
			s.answer = func(t *talk, command, line string) bool {
				if command == at {
					tag, _, _ := strings.Cut(line, " ")
					t.say("%s", strings.ReplaceAll(answer, "TAG", tag))
				}
				return command == at
			}
			scripted(t, s, "", func(b *bubble) {
				b.until(b.T, "failed", func() bool { return len(b.units) > 0 && b.units[0].State == contact.BackingOff })
				require.NotEmpty(b, b.unit().Error)
				for _, word := range []string{"ana", "silva", "example"} {
					require.NotContains(b, strings.ToLower(b.unit().Error), word)
				}
			})
		})
	}
}
