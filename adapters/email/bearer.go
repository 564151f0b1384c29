package email

import (
	"encoding/json"
	"strings"

	"github.com/emersion/go-sasl"
)

// The mechanisms that take a token: the standard (RFC 7628), and Google's and Microsoft's from before it.
// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
const (
	oauthBearer = "OAUTHBEARER"
	xoauth2     = "XOAUTH2"
)

// bearer signs in with a token. The library's own OAUTHBEARER leaves the exchange open when the token is refused, and what it then says is no refusal.
type bearer struct {
	mechanism, user, token string
	refusal                refusal
}

// refusal is what a server says of a token, as JSON in a challenge.
type refusal struct {
	Status string `json:"status"`
	Scope  string `json:"scope"`
}

var _ sasl.Client = (*bearer)(nil)

// authzid writes a name as GS2 does (RFC 5801, section 4).
var authzid = strings.NewReplacer("=", "=3D", ",", "=2C")

func (b *bearer) Start() (mechanism string, initial []byte, err error) {
	head := "user=" + b.user
	if b.mechanism == oauthBearer {
		head = "n,a=" + authzid.Replace(b.user) + ","
	}
	return b.mechanism, []byte(head + "\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

// Next keeps why the token was refused. The answer lets the server end the exchange with NO (RFC 7628, section 3.2.3).
func (b *bearer) Next(challenge []byte) ([]byte, error) {
	_ = json.Unmarshal(challenge, &b.refusal) // a reason that cannot be read is none
	if b.mechanism == oauthBearer {
		return []byte{1}, nil
	}
	return []byte{}, nil
}
