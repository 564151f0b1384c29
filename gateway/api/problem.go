package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Problem is every error's body (RFC 9457). It names what is wrong and where, and never what was sent.
type Problem struct {
	Type      string    `json:"type" doc:"A URI that names the kind of problem." example:"urn:usher:problem:not_found"`
	Title     string    `json:"title" example:"Not Found"`
	Status    int       `json:"status" example:"404"`
	Detail    string    `json:"detail,omitempty" example:"no such profile"`
	Instance  string    `json:"instance,omitempty" doc:"The request this answers."`
	Code      string    `json:"code" doc:"Stable word for programs, one of this list. What it leaves open, such as why a webhook is not genuine, stands in errors." enum:"invalid_request,unauthorized,forbidden_scope,not_found,identity_taken,merge_contradicts_decision,already_merged,busy,undo_not_possible,ambiguous,already_attached,already_cancelled,already_decided,already_distinct,already_started,body_gone,domain_taken,erased,external_id_taken,organization_in_use,profile_full,profile_in_use,seen_on_channel,too_many_endpoints,too_many_moves,stale_version,payload_too_large,unsupported_media_type,validation_failed,idempotency_key_reused,merge_self,rate_limited,internal,unavailable" example:"not_found"`
	RequestID string    `json:"request_id,omitempty"`
	Errors    []Mistake `json:"errors,omitempty"`
	Retryable bool      `json:"retryable" doc:"Whether the same request may succeed later."`

	Survivor  string            `json:"survivor,omitempty" doc:"The profile that speaks for the person now."`
	Path      []contact.Step    `json:"path,omitempty" doc:"From one profile to the other, across the decision that keeps them apart."`
	Blockers  []contact.Blocker `json:"blockers,omitempty" doc:"What stands in the way. Of identity_taken: the others who hold some of the contact points."`
	Done      []string          `json:"done,omitempty" doc:"The decisions of this request that were made and stand; of already_merged those by which they are one person."`
	Holder    string            `json:"holder,omitempty" doc:"Of identity_taken, for keys with profiles:read: the profile that speaks for who holds the contact point."`
	Duplicate string            `json:"duplicate,omitempty" doc:"The flag that says that the two may be one person: review it, and merge if they are."`
	Preview   *MergePreview     `json:"preview,omitempty" doc:"How things are now, with the token to go on with."`
}

// Mistake is one thing wrong with a request.
type Mistake struct {
	Pointer string `json:"pointer,omitempty" doc:"Where, as in body.profile_id or query.limit; of events a JSON Pointer into the body, as in /events/3/data/to."`
	Code    string `json:"code" doc:"What is wrong, in one word: invalid, unknown_field, bad_signature, unknown_purpose, no_identifier, ..."`
	Detail  string `json:"detail,omitempty"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus makes it huma's error.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is RFC 9457's.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// codes are the words for statuses that carry no more special one. Where a status says it all, the word is invalid_request.
var codes = map[int]string{
	400: "invalid_request", 401: "unauthorized", 403: "forbidden_scope", 404: "not_found", 405: "invalid_request", 406: "invalid_request", 408: "invalid_request", 409: "invalid_request",
	412: "stale_version", 413: "payload_too_large", 415: "unsupported_media_type", 422: "validation_failed", 429: "rate_limited", 431: "invalid_request", 500: "internal", 503: "unavailable",
}

// special are the words that tell apart what has one status: every conflict has its own.
var special = []string{
	"identity_taken", "merge_contradicts_decision", "already_merged", "busy", "undo_not_possible", "idempotency_key_reused", "merge_self",
	"ambiguous", "already_attached", "already_cancelled", "already_decided", "already_distinct", "already_started", "body_gone", "domain_taken", "erased", "external_id_taken",
	"organization_in_use", "profile_full", "profile_in_use", "seen_on_channel", "too_many_endpoints", "too_many_moves",
}

// statuses map the kinds of errors to HTTP; the one place that does.
var statuses = map[contact.Kind]int{
	contact.NotFound: 404, contact.Conflict: 409, contact.Invalid: 422, contact.Stale: 412, contact.Unauthorized: 401,
	contact.Forbidden: 403, contact.Limited: 429, contact.Unavailable: 503, contact.Internal: 500,
}

// newProblem makes a problem. A word that is not of the list stands in errors, under the word of its status: clients that know the list know every code.
func newProblem(status int, code, detail string) *Problem {
	p := &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
	if code != codes[status] && !slices.Contains(special, code) {
		p.Errors, code = []Mistake{{Code: code, Detail: detail}}, codes[status]
	}
	p.name(code)
	p.Retryable = status == 429 || status == 503 || code == "busy"
	return p
}

// name says which kind of problem it is.
func (p *Problem) name(code string) { p.Code, p.Type = code, "urn:usher:problem:"+code }

func unavailable() *Problem {
	return newProblem(503, "unavailable", "the store does not answer; try again")
}
func internal() *Problem {
	return newProblem(500, "internal", "something broke on our side; the log has it under the request id")
}

// problemOf turns any error into what may be shown of it.
func problemOf(err error) *Problem {
	var shown *Problem
	var known *contact.Error
	var sent *fiber.Error
	switch {
	case errors.As(err, &shown):
		return shown
	case errors.As(err, &known):
		p := newProblem(statuses[known.Kind], known.Code, known.Message)
		p.Survivor, p.Path, p.Blockers, p.Done = known.Details.Survivor, known.Details.Path, known.Details.Blockers, known.Details.Done
		p.Holder, p.Duplicate = known.Details.Holder, known.Details.Duplicate
		return p
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return unavailable()
	case errors.As(err, &sent) && codes[sent.Code] != "":
		return newProblem(sent.Code, codes[sent.Code], "")
	}
	return internal()
}

// fail is how a handler of the documented API ends with an error: what is not the caller's to know is logged.
func (s *Server) fail(ctx context.Context, err error) error {
	p := *problemOf(err).of(ctx)
	s.logged(&p, err)
	if p.Retryable {
		return huma.ErrorWithHeaders(&p, http.Header{"Retry-After": {"5"}})
	}
	return &p
}

// problem answers with p outside the documented API.
func (s *Server) problem(c *fiber.Ctx, p *Problem) error {
	if requestIDOf(c.UserContext()) == "" { // it was refused before it was a request, as one with too large a body is
		identify(c)
	}
	shown := *p.of(c.UserContext())
	body, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	if shown.Status == 503 {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
	c.Status(shown.Status)
	c.Set(fiber.HeaderContentType, problemType)
	return c.Send(body)
}

// fiberError answers errors that end a request outside huma: Fiber's own 404, 405 and 413 are plain text otherwise.
func (s *Server) fiberError(c *fiber.Ctx, err error) error {
	p := problemOf(err).of(c.UserContext())
	if p.Status == http.StatusRequestEntityTooLarge {
		p.Detail = fmt.Sprintf("a body has at most %d bytes here (listen.body_limit); a file to import that is larger is sent in parts", s.Config.Listen.BodyLimit)
	}
	s.logged(p, err)
	return s.problem(c, p)
}

// logged writes down what went wrong on our side. While the store is down every request says the same: one line stands for many.
func (s *Server) logged(p *Problem, err error) {
	if p.Status < 500 {
		return
	}
	if p.Status != http.StatusServiceUnavailable {
		s.Log.Error("request failed", "request_id", p.RequestID, "err", err)
		return
	}
	if skipped, ok := s.outage.say(time.Now()); ok {
		s.Log.Error("store does not answer", "request_id", p.RequestID, "skipped", skipped, "err", err)
	}
}

// of is the problem of the request that a context belongs to.
func (p *Problem) of(ctx context.Context) *Problem {
	shown := *p
	shown.RequestID = requestIDOf(ctx)
	shown.Instance = "urn:request:" + shown.RequestID
	return &shown
}

// humaError replaces huma's errors, which echo the value that was sent.
func humaError(status int, message string, errs []error) *Problem {
	if codes[status] == "" {
		status = http.StatusBadRequest
	}
	p := newProblem(status, codes[status], "")
	for _, err := range errs {
		var detailer huma.ErrorDetailer
		if !errors.As(err, &detailer) {
			continue
		}
		detail := detailer.ErrorDetail()
		p.Errors = append(p.Errors, mistakeOf(detail))
	}
	if len(p.Errors) == 0 {
		p.Detail = withoutValue(message)
	}
	return p
}

// mistakeOf keeps where and what is wrong. The name of a field that is not known is the sender's, and may be anything.
func mistakeOf(detail *huma.ErrorDetail) Mistake {
	m := Mistake{Pointer: detail.Location, Code: "invalid", Detail: withoutValue(detail.Message)}
	if detail.Message == "unexpected property" || detail.Message == "unknown query parameter" {
		place, _, _ := strings.Cut(detail.Location, ".")
		m.Pointer, m.Code, m.Detail = place, "unknown_field", "there is a field that is not known"
	}
	return m
}
