package sender

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"usher/matching/normal"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, addr, want string
		spoofs           bool
	}{
		{"Ann Miller", "ann@example.com", "Ann Miller", false},
		{`"Ann Miller"`, "ann@example.com", "Ann Miller", false},
		{"'Ann Miller'", "ann@example.com", "Ann Miller", false},
		{`"'Ann Miller'"`, "ann@example.com", "Ann Miller", false},
		{"„Ann Miller“", "ann@example.com", "Ann Miller", false},
		{"  Ann \t Miller\r\n ", "ann@example.com", "Ann Miller", false},
		{"Miller, Ann", "ann@example.com", "Ann Miller", false},
		{"MÜLLER, Max", "max@example.com", "Max MÜLLER", false},
		{"Müller, Dr. Max", "max@example.com", "Dr. Max Müller", false},
		{"van der Berg, Jan", "jan@example.com", "Jan van der Berg", false},
		{"Miller, Ann (London)", "ann@example.com", "Ann Miller", false},
		{"Miller, Ann [External]", "ann@example.com", "Ann Miller", false},
		{"Acme, Inc.", "x@acme.example", "Acme, Inc.", false},
		{"Martin Luther King, Jr.", "m@example.com", "Martin Luther King, Jr.", false},
		{"Sales, Support and Billing", "x@acme.example", "Sales, Support and Billing", false},
		{"Ann Miller (Acme)", "ann@example.com", "Ann Miller", false},
		{"'Ann Miller' via Support", "support@ours.example", "Ann Miller", false},
		{"Ann Miller (via Google Docs)", "drive@google.example", "Ann Miller", false},
		{"Ann über Support", "support@ours.example", "Ann", false},
		{"O'Hara", "o@example.com", "O'Hara", false},
		{"Ann's", "o@example.com", "Ann's", false},
		{"ann@example.com", "ann@example.com", "", false},
		{"ANN@EXAMPLE.COM", "ann@example.com", "", false},
		{"<ann@example.com>", "ann@example.com", "", false},
		{"support@bank.com", "x@evil.example", "", true},
		{"Bank <support@bank.com>", "x@evil.example", "", true},
		{"support＠bank.com", "x@evil.example", "", true},
		{"supp\u200bort@bank.com", "x@evil.example", "", true},
		{"Ann Miller (support@bank.com)", "ann@example.com", "", true},
		{"Ann via bank.com", "ann@example.org", "", true},
		{"PayPal.com", "x@evil.example", "", true},
		{"www.paypal.com Service", "x@evil.example", "", true},
		{"Example.com Team", "x@mail.example.com", "Example.com Team", false},
		{"St.John Smith", "j@example.com", "St.John Smith", false},
		{"Dipl.Ing Max Muster", "m@example.com", "Dipl.Ing Max Muster", false},
		{"J.R. Smith", "j@example.com", "J.R. Smith", false},
		{"\u202ennA\u202c", "ann@example.com", "nnA", false},
		{"A\u200bnn\ufeff Mil\u00adler", "ann@example.com", "Ann Miller", false},
		{"\u3164\u3164", "ann@example.com", "", false},
		{"\x00Ann\x1b[31m", "ann@example.com", "Ann[31m", false},
		{"...", "ann@example.com", "", false},
		{"", "ann@example.com", "", false},
		{"山田太郎", "yamada@example.jp", "山田太郎", false},
		{"Иванов, Иван", "ivan@example.ru", "Иван Иванов", false},
		{"\xff\xfeAnn", "ann@example.com", "Ann", false},
	} {
		got := Clean(c.name, c.addr)
		require.Equal(t, c.want, got.Text, "%q", c.name)
		require.Equal(t, c.spoofs, got.Spoofs, "%q", c.name)
	}
	require.Equal(t, "Support", Clean("'Ann' via Support", "support@ours.example").Via)
	require.Equal(t, "Google Docs", Clean("Ann (via Google Docs)", "x@google.example").Via)
}

func TestAddressKeys(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"ann@example.com": "ann@example.com", "Ann@EXAMPLE.com": "ann@example.com", " <ann@example.com> ": "ann@example.com", "ann@example.com.": "ann@example.com", "'ann@example.com'": "ann@example.com", "mailto:ann@example.com": "ann@example.com",
		"ann@münchen.example": "ann@xn--mnchen-3ya.example", "jörg@münchen.example": "jörg@xn--mnchen-3ya.example", "jo\u0308rg@example.com": "jörg@example.com", "<@a.example,@b.example:ann@example.com>": "ann@example.com",
		"ann+shop@example.com": "ann+shop@example.com", "a.n.n@gmail.com": "a.n.n@gmail.com", "ann..m@docomo.example": "ann..m@docomo.example", "ann.@docomo.example": "ann.@docomo.example", "ann@my_host.example.com": "ann@my_host.example.com", `"ann"@example.com`: "ann@example.com",
		`"ann@work"@example.com`: `"ann@work"@example.com`, "a\u200bnn@example.com": "ann@example.com", "a@b@c.com": "", "ann": "", "@example.com": "", "ann@": "", "ann@localhost": "", "": "", "ann @example.com": "", "ann@exa mple.com": "", "ann@example.com, bob@example.com": "",
		strings.Repeat("a", 250) + "@example.com": "", `"a b"@example.com`: "",
	} {
		require.Equal(t, want, KeyOf(addr).Key, "%q", addr)
	}
	k := KeyOf("<Ann+Shop@Example.com>")
	require.Equal(t, Key{Addr: "Ann+Shop@Example.com", Key: "ann+shop@example.com", Tag: "shop"}, k)
}

func TestAKeyIsAFixedPoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-ZäÖİß"+.@_ <>]{1,12}@[a-zA-Zäß.\-]{1,10}\.(com|Example|рф)\.?`)).Draw(t, "addr")
		key := KeyOf(addr).Key
		if key != "" {
			require.Equal(t, key, KeyOf(key).Key)
			require.LessOrEqual(t, len(key), maxAddr)
			require.NotContains(t, key, " ")
		}
	})
}

// The short way for plain addresses comes to what the long way does, so that every package has one key for a mailbox.
func TestAPlainAddressHasTheKeyOfMatching(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.StringMatching(`[a-zA-Z0-9._+=\-]{1,10}@[a-zA-Z0-9\-_]{1,8}(\.[a-zA-Z0-9\-]{1,5}){0,2}\.?`).Draw(t, "addr")
		if key, ok := normal.Email(addr); ok {
			require.Equal(t, key, KeyOf(addr).Key)
		}
	})
}

// A label or bracket beside an address, as Chinese and Japanese keyboards write them, is no part of it: it would make a key that nobody else has.
func TestWideSignsAreNoPartOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"收件人：li@example.com", "li＜li@example.com＞", "li＠example.com", "li，wang@example.com"} {
		require.Empty(t, KeyOf(addr).Key, addr)
	}
	require.Equal(t, "李@example.com", KeyOf("李@example.com").Key)
}
