package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"usher/adapters"
	"usher/gateway/contact"
	"usher/gateway/inbox"
)

// How long storing a delivery may take before the provider is told to come back, and before a caller who waits for an answer gets it unstored.
const (
	acceptTimeout     = 5 * time.Second
	acceptCallTimeout = 2 * time.Second
)

// hooks are the addresses that providers post to, and verify by GET.
func (s *Server) hooks() {
	for _, path := range []string{"/hooks/:source", "/hooks/:source/:purpose"} {
		s.app.Get(path, s.hook)
		s.app.Post(path, s.hook)
	}
}

// hook takes one webhook: prove it, store it, answer it. Limits are asked after the proof: what strangers send takes nothing from a source, and what is genuine is never told that it was too much (429), which some providers take for a refusal.
func (s *Server) hook(c *fiber.Ctx) error {
	source, ok := s.sources[c.Params("source")]
	if !ok || source.Webhook == nil {
		return s.problem(c, newProblem(404, "not_found", "no such source"))
	}
	request := requestOf(c, source)
	receipt, err := source.Webhook.Receive(request)
	if err != nil {
		return s.refused(c, source, request, err)
	}
	if !receipt.Auth.SignedAt.IsZero() {
		s.Metrics.Skew(source.Name, request.Received.Sub(receipt.Auth.SignedAt))
	}
	if !receipt.Discard && !receipt.Call && !s.limits.webhook(source.Name) { // a caller is always answered, and a handshake costs nothing
		s.Metrics.Refused(source.Name, "rate_limited")
		return s.problem(c, newProblem(503, "unavailable", "more webhooks at once than the source's limit; try again"))
	}
	if !receipt.Discard {
		if err := s.accept(c.UserContext(), source, request, receipt); err != nil && !receipt.Call {
			return s.fiberError(c, err)
		}
	}
	return reply(c, receipt.Reply)
}

// requestOf is the request as the adapter sees it: raw bytes, every header, and the public address, since what a proxy or a client says of the host is no ground to verify on.
func requestOf(c *fiber.Ctx, source *source) adapters.Request {
	r := adapters.Request{
		Method: c.Method(), Purpose: c.Params("purpose"), Header: http.Header{},
		Body: bytes.Clone(c.BodyRaw()), Received: time.Now(),
	}
	r.URL = source.PublicURL + "/" + source.Name
	if r.Purpose != "" {
		r.URL += "/" + r.Purpose
	}
	if query := string(c.Request().URI().QueryString()); query != "" {
		r.URL += "?" + query
	}
	for name, value := range c.Request().Header.All() {
		r.Header.Add(string(name), string(value))
	}
	return r
}

// accept stores a genuine request. A call that cannot be stored is answered all the same, and its loss counted.
func (s *Server) accept(ctx context.Context, source *source, r adapters.Request, receipt adapters.Receipt) error {
	timeout := acceptTimeout
	if receipt.Call {
		timeout = acceptCallTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	id, _, err := s.Inbox.Accept(ctx, inbox.Arrival{
		Source: source.Name, Adapter: source.Adapter, Purpose: r.Purpose, Key: receipt.Key, Method: r.Method, URL: r.URL,
		ContentType: r.Header.Get("Content-Type"), Header: kept(r.Header), Body: bytes.NewReader(r.Body), ReceivedAt: r.Received, Auth: &receipt.Auth,
	})
	if err != nil && receipt.Call {
		s.Metrics.Lost(source.Name)
		source.lost.add(r.Received)
		if skipped, ok := source.lostBurst.say(r.Received); ok {
			s.Log.Error("call answered but not stored", "source", source.Name, "skipped", skipped, "err", err)
		}
	}
	if err == nil {
		s.Log.Debug("delivery accepted", "source", source.Name, "delivery_id", id)
	}
	return err
}

// refused answers a request that is not genuine. Nothing is stored of it but that it was refused.
func (s *Server) refused(c *fiber.Ctx, source *source, r adapters.Request, err error) error {
	refusal, ok := adapters.Refused(err)
	if !ok {
		return s.fiberError(c, err)
	}
	if !s.limits.failed(forgedHooks, s.proxies.client(c)) {
		s.Metrics.Refused(source.Name, "rate_limited")
		setRetryAfter(c, time.Second)
		return s.problem(c, newProblem(429, "rate_limited", "too many requests from this address that could not be proved genuine"))
	}
	s.Metrics.Refused(source.Name, refusal.Reason)
	source.rejected(Rejection{At: r.Received.UTC(), Reason: refusal.Reason, URL: withoutQuery(r.URL)}, refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden)
	s.Log.Info("webhook refused", "source", source.Name, "reason", refusal.Reason, "request_id", requestIDOf(c.UserContext()))
	if refusal.Status == http.StatusMethodNotAllowed {
		c.Set(fiber.HeaderAllow, http.MethodPost)
	}
	p := newProblem(refusal.Status, refusal.Reason, "the request could not be proved genuine")
	if refusal.Status == http.StatusForbidden { // which is said of keys elsewhere
		p.name("unauthorized")
	}
	return s.problem(c, p)
}

// withoutQuery drops the values of a query, which may be personal, and keeps that there was one.
func withoutQuery(address string) string {
	path, query, found := strings.Cut(address, "?")
	if !found {
		return path
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return path + "?..."
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return path + "?" + strings.Join(names, "&")
}

// dropped are headers that are not stored: credentials, and what is a field of its own or says nothing of the sender.
var dropped = []string{"Authorization", "Proxy-Authorization", "Cookie", "Content-Type", "Content-Length", "Host", "Connection", "Accept", "Accept-Encoding"}

// Limits of the headers that are stored with a delivery.
const (
	maxHeaders     = 64
	maxHeaderValue = 1 << 10
)

// kept are the headers that are stored with a delivery.
func kept(h http.Header) []contact.Pair {
	var pairs []contact.Pair
	for name, values := range h {
		for _, value := range values {
			if !slices.Contains(dropped, name) && len(value) <= maxHeaderValue {
				pairs = append(pairs, contact.Pair{Name: name, Value: value})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b contact.Pair) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return pairs[:min(len(pairs), maxHeaders)]
}

// reply writes what the adapter decided.
func reply(c *fiber.Ctx, r adapters.Reply) error {
	status := r.Status
	if status == 0 {
		status = http.StatusNoContent
		if len(r.Body) > 0 {
			status = http.StatusOK
		}
	}
	if r.ContentType != "" {
		c.Set(fiber.HeaderContentType, r.ContentType)
	}
	return c.Status(status).Send(r.Body)
}
