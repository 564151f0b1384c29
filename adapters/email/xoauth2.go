package email

import (
	"encoding/json"

	"github.com/emersion/go-sasl"
)

// xoauth2 is Google's and Microsoft's mechanism from before OAUTHBEARER (RFC 7628).
// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
type xoauth2 struct {
	user, token string
	refusal     refusal
}

// refusal is what a server says of a token, as JSON in a challenge.
type refusal struct {
	Status string `json:"status"`
	Scope  string `json:"scope"`
}

var _ sasl.Client = (*xoauth2)(nil)

func (x *xoauth2) Start() (mechanism string, initial []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next keeps why the token was refused. The empty answer lets the server end the exchange with NO.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	_ = json.Unmarshal(challenge, &x.refusal) // a reason that cannot be read is none
	return []byte{}, nil
}
