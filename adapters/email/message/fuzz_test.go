package message

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Whatever comes, it is read: in UTF-8, within the bounds, twice the same, and every file has the size it says.
func FuzzParseIsBoundedAndItsFilesOpen(f *testing.F) {
	mails, err := filepath.Glob("testdata/*.eml")
	require.NoError(f, err)
	for _, path := range mails {
		mail, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(mail)
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		m := parse(t, mail)
		requireBounded(t, m)
		for _, s := range []string{m.Text, m.HTML, m.Subject, string(m.Calendar), Text(m.HTML), Sanitise(m.HTML)} {
			require.True(t, utf8.ValidString(s))
		}
		for _, file := range m.Files {
			require.Len(t, content(t, file, mail), int(file.Size))
			require.LessOrEqual(t, len(file.Filename), maxFilename)
		}
		require.Equal(t, m, parse(t, mail))
	})
}

// A decoded header never breaks a line and never grows beyond a factor.
func FuzzWordsStayOnOneLine(f *testing.F) {
	f.Add("=?utf-8?B?SsO8cmdlbg?= =?iso-8859-1*de?q?=0d=0aBcc:_x?=")
	f.Add("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?= =?x?q??=")
	f.Fuzz(func(t *testing.T, s string) {
		got := DecodeWords(clean(s))
		require.NotContains(t, got, "\n")
		require.NotContains(t, got, "\r")
		require.LessOrEqual(t, len(got), 6*len(s)+6)
		require.True(t, utf8.ValidString(got))
	})
}

func FuzzAddressesAreClosedAndBounded(f *testing.F) {
	f.Add(`"Smith, John" <j@example.com>, (c) <@r:a@b>; =?utf-8?q?a,b?= <c@d>, G: x@y;`)
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range ParseAddresses(clean(s)) {
			require.NotEqual(t, Address{}, a)
			require.LessOrEqual(t, len(a.Name), maxPhrase)
			require.LessOrEqual(t, len(a.Addr), 3*maxPhrase)
		}
		ParseDate(s)
		ParseIDs(s)
		parseMedia(s)
	})
}
