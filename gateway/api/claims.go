package api

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"usher/config"
	"usher/gateway/claims"
	"usher/gateway/contact"
	"usher/gateway/keys"
)

// ClaimLink is a link that was just made.
type ClaimLink struct {
	URL       string    `json:"url" doc:"To be sent to the contact point, and to nobody else. It is not shown again." example:"https://usher.acme.example/verify/kZ0c..."`
	ProfileID string    `json:"profile_id" doc:"The profile that speaks for the person."`
	ExpiresAt time.Time `json:"expires_at"`
}

type claimLinkOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ClaimLink
}

// claimOperations are the making of links, and the page where they lead: the page is for people and in no document.
func (s *Server) claimOperations() {
	create := endpoint{"create-claim-link", "POST", "/v1/profiles/{id}/claim_links", "Profiles", "Make a link that proves a contact point which a person claims to have: typed into a chat or a form, told on the phone, or theirs already. Send it there yourself, Usher sends nothing. Whoever follows it and confirms has the contact point: it becomes the person's, verified. One that another person holds stays there, and the two are flagged. The link is in this answer and nowhere else, so it takes no Idempotency-Key, whose answers are kept.", keys.ProfilesWrite, []int{404}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createClaimLink)
	s.app.Get("/verify/:token", s.askClaim)
	s.app.Post("/verify/:token", s.redeemClaim)
}

func (s *Server) createClaimLink(ctx context.Context, in *struct {
	ID          string `path:"id" maxLength:"64"`
	Idempotency string `header:"Idempotency-Key" hidden:"true"`
	Body        struct {
		Scheme string `json:"scheme" enum:"mailto,tel"`
		Value  string `json:"value" minLength:"1" maxLength:"512" doc:"In any spelling."`
		Hours  int    `json:"hours,omitempty" minimum:"1" maximum:"168" default:"48" doc:"How long the link is good."`
	}
}) (*claimLinkOutput, error) {
	if in.Idempotency != "" {
		return nil, s.fail(ctx, newProblem(400, "invalid_request", "a link is shown once: send this without Idempotency-Key"))
	}
	token, link, err := s.claims.Make(ctx, claims.Wish{
		Profile: in.ID, Identifier: contact.Identifier{Scheme: contact.Scheme(in.Body.Scheme), Value: in.Body.Value}, Region: s.Config.Workspace.Region,
		For: time.Duration(in.Body.Hours) * time.Hour, Who: who(ctx),
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("claim link made", "profile_id", link.ProfileID, "who", link.Who)
	return &claimLinkOutput{CacheControl: "no-store", Body: ClaimLink{URL: s.publicURL() + "/verify/" + token, ProfileID: link.ProfileID, ExpiresAt: link.ExpiresAt}}, nil
}

// publicURL is under which address customers reach us: without one in the configuration, the address listened at.
func (s *Server) publicURL() string {
	if base := s.Config.PublicURL(config.Source{}); base != "" {
		return base
	}
	return "http://" + s.listener.Addr().String()
}

// unknownLink is a link that leads nowhere: guessing one is hopeless, and trying many is not to be free.
var unknownLink = failure{"link", 0.2, 20}

// verifyPage is what a page where a link leads says. It names neither who is asked nor what for: whoever has the link knows.
type verifyPage struct {
	Title, Text string
	Asks        bool // it has a button to confirm
}

// The pages. A link that leads nowhere says so in the same words, whatever the reason.
var (
	asks      = verifyPage{Title: "Is this yours?", Text: "You got a link to confirm that the address or number it was sent to is yours. If you did not ask for it, close this page.", Asks: true}
	confirmed = verifyPage{Title: "Thank you", Text: "It is confirmed. You can close this page."}
	gone      = verifyPage{Title: "This link is not valid", Text: "It was used, is too old, or cannot be confirmed by a link. Ask whoever sent it to you."}
	crowded   = verifyPage{Title: "Please try again later", Text: "There were too many requests."}
	later     = verifyPage{Title: "Please try again later", Text: "It could not be confirmed right now. The link stays good."}
)

// askClaim shows what a link is for and changes nothing: mail servers follow all links of a mail.
func (s *Server) askClaim(c *fiber.Ctx) error {
	if _, err := s.claims.Find(c.UserContext(), c.Params("token")); err != nil {
		return s.notVerified(c, err)
	}
	return s.verifyPage(c, http.StatusOK, asks)
}

// redeemClaim confirms what a link is for.
func (s *Server) redeemClaim(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), acceptTimeout)
	defer cancel()
	if err := s.claims.Redeem(ctx, c.Params("token")); err != nil {
		return s.notVerified(c, err)
	}
	s.Log.Info("claim link followed", "request_id", requestIDOf(ctx))
	return s.verifyPage(c, http.StatusOK, confirmed)
}

// notVerified answers whoever has no valid link, and for a while no more than that they have tried too many.
func (s *Server) notVerified(c *fiber.Ctx, err error) error {
	if !errors.Is(err, claims.ErrGone) {
		s.logged(problemOf(err).of(c.UserContext()), err)
		c.Set(fiber.HeaderRetryAfter, "5")
		return s.verifyPage(c, http.StatusServiceUnavailable, later)
	}
	if !s.limits.failed(unknownLink, s.proxies.client(c)) {
		setRetryAfter(c, 5*time.Second)
		return s.verifyPage(c, http.StatusTooManyRequests, crowded)
	}
	return s.verifyPage(c, http.StatusNotFound, gone)
}

// verifyTemplate is the frame of these pages.
var verifyTemplate = template.Must(template.ParseFS(docsFiles, "docs/verify.html"))

// verifyPolicy lets the page send its own form and nothing else.
var verifyPolicy = strings.NewReplacer("script-src 'self'; ", "", "form-action 'none'", "form-action 'self'").Replace(docsPolicy)

func (s *Server) verifyPage(c *fiber.Ctx, status int, p verifyPage) error {
	var body bytes.Buffer
	if err := verifyTemplate.Execute(&body, p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Set(fiber.HeaderContentSecurityPolicy, verifyPolicy)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer") // the address is the secret
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).Send(body.Bytes())
}
