package email_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/adapters/email"
)

// What could only go wrong later is refused at the start, by its key and without its value.
func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	const custom = "oauth2: {provider: custom, client_id: usher, token_url: 'https://tokens.example/token', "
	for more, want := range map[string]string{
		"after: 'move:inbox'":                        "email.after: moving into a folder that is read",
		"folders: [inbox], after: 'move:INBOX'":      "email.after: moving into a folder that is read",
		"folders: [Sales], after: 'move:Sales'":      "email.after: moving into a folder that is read",
		"folders: [INBOX, INBOX]":                    "email.folders: a folder is named twice",
		"folders: [Inbox, Sales, inbox]":             "email.folders: a folder is named twice",
		"folders: [Sales, Sales]":                    "email.folders: a folder is named twice",
		"oauth2: {client_id: usher}":                 "email.oauth2.provider: want",
		"oauth2: {scopes: [mail]}":                   "email.oauth2.provider: want",
		"oauth2: {refresh_token: r}":                 "email.oauth2.provider: want",
		custom + "flow: device}":                     "email.oauth2.device_url: want",
		custom + "flow: device, device_url: 'ftp:'}": "email.oauth2.device_url: want",
	} {
		_, err := email.New(source(t, "127.0.0.1:1", more))
		require.ErrorContains(t, err, want, more)
	}
	for _, more := range []string{"folders: [Sales, sales]", "after: 'move:Inbox/Done'", custom + "flow: client_credentials}", custom + "flow: device, device_url: 'https://tokens.example/device'}"} {
		_, err := email.New(source(t, "127.0.0.1:1", more))
		require.NoError(t, err, more)
	}
}
