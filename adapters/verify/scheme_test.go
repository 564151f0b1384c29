package verify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewNamesTheMistake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Scheme)
		want   string
	}{
		"no algorithm":      {func(s *Scheme) { s.Algorithm = "" }, `algorithm "": want hmac-sha1, hmac-sha256, hmac-sha512 or ed25519`},
		"weak algorithm":    {func(s *Scheme) { s.Algorithm = "hmac-md5" }, `algorithm "hmac-md5": want hmac-sha1, hmac-sha256, hmac-sha512 or ed25519`},
		"encoding":          {func(s *Scheme) { s.Encoding = "base32" }, `encoding "base32": want hex or base64`},
		"unit":              {func(s *Scheme) { s.Unit = time.Minute }, `timestamp unit 1m0s: want a second or a millisecond`},
		"no template":       {func(s *Scheme) { s.Template = "" }, `template "": no {body}: anybody could change it`},
		"no body":           {func(s *Scheme) { s.Template = "{id}.{ts}" }, `template "{id}.{ts}": no {body}: anybody could change it`},
		"two bodies":        {func(s *Scheme) { s.Template = "{id}.{ts}.{body}{body}" }, `template "{id}.{ts}.{body}{body}": {body} twice`},
		"unknown field":     {func(s *Scheme) { s.Template = "{id}.{time}.{body}" }, `template "{id}.{time}.{body}": unknown field {time}`},
		"open brace":        {func(s *Scheme) { s.Template = "{body}.{ts" }, `template "{body}.{ts": { without }`},
		"closing brace":     {func(s *Scheme) { s.Template = "ts}.{body}" }, `template "ts}.{body}": } without {`},
		"no separator":      {func(s *Scheme) { s.Template = "{id}{ts}.{body}" }, `template "{id}{ts}.{body}": nothing between {id} and {ts}`},
		"no headers":        {func(s *Scheme) { s.Headers = nil }, `no header names`},
		"no signature":      {func(s *Scheme) { s.Headers = []Headers{{}} }, `header set 1: no signature header`},
		"no ts header":      {func(s *Scheme) { s.Headers = []Headers{{Signature: "s", ID: "i"}} }, `header set 1: no header for {ts}, which the template signs`},
		"unsigned id":       {func(s *Scheme) { s.Template = "{ts}.{body}" }, `header set 1: a header for {id}, which the template does not sign`},
		"unsigned ts":       {func(s *Scheme) { s.Template = "{id}.{body}" }, `header set 1: a header for {ts}, which the template does not sign`},
		"unsigned nonce":    {func(s *Scheme) { s.Headers = []Headers{{"s", "t", "i", "n"}} }, `header set 1: a header for {nonce}, which the template does not sign`},
		"two ts":            {func(s *Scheme) { s.TimestampPrefix = "t=" }, `header set 1: the timestamp has both a header and a prefix`},
		"prefix alone":      {func(s *Scheme) { s.TimestampPrefix, s.Separator = "t=", "" }, `a timestamp prefix needs a separator`},
		"no tolerance":      {func(s *Scheme) { s.Tolerance = 0 }, `no tolerance, though the template signs {ts}`},
		"negative":          {func(s *Scheme) { s.Tolerance = -1 }, `tolerance is negative`},
		"unused tolerance":  {func(s *Scheme) { s.Template, s.Headers = "{body}", []Headers{{Signature: "s"}} }, `tolerance: the template does not sign {ts}`},
		"no keys":           {func(s *Scheme) { s.Keys = nil }, `0 keys: want 1 to 8`},
		"nine keys":         {func(s *Scheme) { s.Keys = make([][]byte, 9) }, `9 keys: want 1 to 8`},
		"empty key":         {func(s *Scheme) { s.Keys = [][]byte{[]byte("k"), {}} }, `key 2: empty`},
		"short public key":  {func(s *Scheme) { s.Algorithm, s.Keys = Ed25519, [][]byte{[]byte("k")} }, `key 1: 1 bytes: an Ed25519 public key has 32`},
		"zeros public key":  {func(s *Scheme) { s.Algorithm, s.Keys = Ed25519, [][]byte{make([]byte, 32)} }, `key 1: all zeros`},
		"unused ts prefix":  {func(s *Scheme) { s.Template, s.TimestampPrefix = "{body}", "t=" }, `timestamp prefix: the template does not sign {ts}`},
		"nothing is wrong":  {func(*Scheme) {}, ``},
		"second of aliases": {func(s *Scheme) { s.Headers = append(s.Headers[:1:1], Headers{Signature: "s"}) }, `header set 2: no header for {ts}, which the template signs`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standardV1
			s.Keys = [][]byte{[]byte("k")}
			c.change(&s)
			_, err := New(s)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.want)
		})
	}
}

func TestSignRefusesKeysThatDoNotSign(t *testing.T) {
	t.Parallel()
	_, err := Sign(slack, nil, Parts{})
	require.EqualError(t, err, "empty key")
	_, err = Sign(telnyx, make([]byte, 31), Parts{})
	require.EqualError(t, err, "31 bytes: an Ed25519 private key has 64, its seed 32")
	_, err = Sign(telnyx, make([]byte, 64), Parts{})
	require.EqualError(t, err, "the halves of the Ed25519 private key do not belong together")
	_, err = Sign(Scheme{}, nil, Parts{})
	require.Error(t, err)
}
