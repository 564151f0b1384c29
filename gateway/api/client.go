package api

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// proxies are the networks whose word on who called is believed.
type proxies []netip.Prefix

// proxiesOf reads what the configuration has checked: addresses and networks.
func proxiesOf(configured []string) proxies {
	var all proxies
	for _, text := range configured {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			all = append(all, prefix.Masked())
		} else if address, err := netip.ParseAddr(text); err == nil {
			address = address.Unmap()
			all = append(all, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return all
}

func (p proxies) trust(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// client names who sent a request, to be limited by: the address that connected or, behind trusted proxies, the rightmost of X-Forwarded-For that is none of them.
// What stands further left was written by the client itself. Of an IPv6 address it is the /64, which one customer of a network has to himself.
func (p proxies) client(c *fiber.Ctx) string {
	address, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	address = address.Unmap()
	var forwarded []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, strings.Split(string(line), ",")...)
	}
	for i := len(forwarded) - 1; i >= 0 && p.trust(address); i-- {
		next, ok := forwardedAddress(strings.TrimSpace(forwarded[i]))
		if !ok { // nothing to the left of what is no address can be told
			break
		}
		address = next
	}
	if address.Is6() {
		if network, err := address.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}

// forwardedAddress reads one element of X-Forwarded-For; some proxies add the port.
func forwardedAddress(text string) (netip.Addr, bool) {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap(), true
	}
	withPort, err := netip.ParseAddrPort(text)
	return withPort.Addr().Unmap(), err == nil
}
