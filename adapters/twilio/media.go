package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"usher/gateway/contact"
)

// Media makes the request that fetches a recording or a message's file, with the account's credentials. Only Twilio's own hosts are asked: they would get the auth token.
func (a *Adapter) Media(m contact.Media) (*http.Request, error) {
	address, err := url.Parse(m.URL)
	if err != nil {
		return nil, errors.New("fetching media: malformed address")
	}
	host := address.Hostname()
	if address.Scheme != "https" || address.Port() != "" || address.User != nil || (host != "api.twilio.com" && !strings.HasSuffix(host, ".twilio.com")) {
		return nil, errors.New("fetching media: not an address of Twilio's")
	}
	request, err := http.NewRequest(http.MethodGet, address.String(), nil) //nolint:noctx // the worker that sends it sets its deadline
	if err != nil {
		return nil, fmt.Errorf("fetching media: %w", err)
	}
	request.SetBasicAuth(a.config.Account, string(a.secrets[0]))
	return request, nil
}
