package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"usher/gateway/contact"
)

// walls keep what is sent from reaching what only we can reach: addresses that are not public (https://owasp.org/www-community/attacks/Server_Side_Request_Forgery), but for those that the configuration names.
type walls struct {
	inside []netip.Prefix // may be reached although they are not public
	open   *ssrf.Guardian
}

func newWalls(inside []netip.Prefix) walls {
	var v4, v6 []netip.Prefix
	for _, p := range inside {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return walls{inside: inside, open: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))}
}

// errOutside refuses to send in the clear to where it would leave our own walls.
var errOutside = errors.New("http only inside the configured networks")

// secure checks an address that https is about to be spoken with: after its name was looked up, so that no name leads elsewhere.
func (w walls) secure(network, address string, c syscall.RawConn) error {
	return w.open.Safe(network, address, c)
}

// plain checks an address that http is about to be spoken with.
func (w walls) plain(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !w.within(at.Addr()) {
		return errOutside
	}
	return nil
}

func (w walls) within(at netip.Addr) bool {
	for _, p := range w.inside {
		if p.Contains(at.Unmap()) {
			return true
		}
	}
	return false
}

// Bounds of one attempt.
const (
	attemptTime   = 15 * time.Second // Standard Webhooks recommends 15 to 30
	connectTime   = 5 * time.Second
	maxAnswerHead = 32 << 10
)

// client posts: through no proxy, following no redirect.
func (w walls) client() *http.Client {
	secure := &http.Transport{
		DialContext: (&net.Dialer{Timeout: connectTime, Control: w.secure}).DialContext, TLSHandshakeTimeout: connectTime,
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: together, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxAnswerHead,
	}
	plain := secure.Clone()
	plain.DialContext = (&net.Dialer{Timeout: connectTime, Control: w.plain}).DialContext
	secure.RegisterProtocol("http", plain)
	return &http.Client{
		Transport: secure, Timeout: attemptTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// check refuses addresses that could not be sent to. What a name leads to is checked each time something is sent.
func (w walls) check(text string) error {
	address, err := url.Parse(text)
	refuse := func(message string) error {
		return contact.NewError(contact.Invalid, "validation_failed", message, nil)
	}
	switch {
	case err != nil || address.Hostname() == "" || address.User != nil || address.Fragment != "":
		return refuse("url is no address of a host, without user and fragment")
	case address.Scheme != "https" && address.Scheme != "http":
		return refuse("url is to begin with https://")
	case address.Scheme == "http" && len(w.inside) == 0:
		return refuse("url is to begin with https://: http is only for hosts in outbound.networks")
	}
	if port := address.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return refuse("url names no port that there is")
		}
	}
	at, err := netip.ParseAddr(address.Hostname())
	if err != nil { // a name
		return nil //nolint:nilerr // as nearly all are
	}
	control := w.secure
	if address.Scheme == "http" {
		control = w.plain
	}
	network := "tcp6"
	if at.Is4() {
		network = "tcp4"
	}
	if control(network, netip.AddrPortFrom(at, 443).String(), nil) != nil {
		return refuse("url is not public, and not in outbound.networks")
	}
	return nil
}

// isWall reports whether an attempt failed because it would have gone through the walls.
func isWall(err error) bool {
	return errors.Is(err, errOutside) || errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrInvalidHostPort)
}

// isTimeout reports whether an attempt took too long.
func isTimeout(err error) bool {
	var timed net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}
