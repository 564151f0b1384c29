package sender

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// Our own server's word counts; a sender or a server on the way may write what it likes.
func TestSpamIsWhatOurOwnServersCallSo(t *testing.T) {
	t.Parallel()
	ours := contact.Pair{Name: "Received", Value: "from mail.example.net by mx.acme.example with ESMTPS; Mon, 23 Nov 2026 10:00:00 +0000"}
	theirs := contact.Pair{Name: "Received", Value: "from laptop by mail.example.net with ESMTPSA; Mon, 23 Nov 2026 09:59:58 +0000"}
	field := func(name, value string) contact.Pair { return contact.Pair{Name: name, Value: value} }
	for name, c := range map[string]struct {
		headers Headers
		spam    bool
	}{
		"flag":               {Headers{field("X-Spam-Flag", "YES"), ours, theirs}, true},
		"below our own hop":  {Headers{ours, field("X-Spam-Status", "Yes, score=9.1"), theirs}, true},
		"rspamd":             {Headers{field("X-Spam", "Yes"), ours}, true},
		"exchange":           {Headers{ours, field("X-MS-Exchange-Organization-SCL", "6"), theirs}, true},
		"exchange, low":      {Headers{ours, field("X-MS-Exchange-Organization-SCL", "1"), theirs}, false},
		"no":                 {Headers{field("X-Spam-Flag", "NO"), field("X-Spam-Status", "No, score=-1"), ours}, false},
		"a strange server's": {Headers{ours, theirs, field("X-Spam-Flag", "YES")}, false},
		"none":               {Headers{ours, theirs}, false},
	} {
		require.Equal(t, c.spam, Spam(c.headers, []string{"mx.acme.example"}), name)
	}
}
