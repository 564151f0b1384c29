package email_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// What the server takes for junk is said in the delivery's header; a server that does not search for keywords is read all the same.
func TestJunkIsSaid(t *testing.T) {
	t.Parallel()
	flagged := newScript(4)
	flagged.keywords[2] = "$Junk"
	flagged.keywords[3] = "Junk" // a program's own, of no agreed meaning
	refusing := newScript(4)
	refusing.keywords[2] = "$Junk"
	refusing.answer = func(t *talk, command, line string) bool {
		if command != "SEARCH" || !strings.Contains(line, " KEYWORD ") {
			return false
		}
		t.say("%s BAD no such key", strings.Fields(line)[0])
		return true
	}
	for name, c := range map[string]struct {
		script       *script
		folder       string
		second, rest string
	}{
		"a keyword":           {flagged, "INBOX", "keyword", ""},
		"refused":             {refusing, "INBOX", "", ""},
		"Junk":                {newScript(4), "Junk", "folder", "folder"},
		"below":               {newScript(4), "INBOX/JUNK Email", "folder", "folder"},
		"with dots":           {newScript(4), "INBOX.spam", "folder", "folder"},
		"Gmail's":             {newScript(4), "[Gmail]/Spam", "folder", "folder"},
		"only called so":      {newScript(4), "Spam reports", "", ""},
		"something inside it": {newScript(4), "Junk/checked", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scripted(t, c.script, "folders: ['"+c.folder+"']", func(b *bubble) {
				b.whole(4, 0, 0)
				require.Equal(b, c.second, junk(b.headers[c.folder+":7:2"]))
				for _, uid := range []string{"1", "3", "4"} {
					require.Equal(b, c.rest, junk(b.headers[c.folder+":7:"+uid]))
				}
				require.Equal(b, 1, b.said("SEARCH UID SEARCH UID 1:4 KEYWORD $Junk"), "once for a range")
			})
		})
	}
}

func junk(header []contact.Pair) string {
	for _, pair := range header {
		if pair.Name == "Usher-Junk" {
			return pair.Value
		}
	}
	return ""
}
