package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"usher/gateway/keys"
)

// ownErrors replaces huma's errors, which echo what was sent, and its lists that may be null. They are one for the process.
var ownErrors = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false // a list of ours is empty, never null
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return humaError(status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return humaError(status, message, errs).of(ctx.Context())
	}
})

// documented builds the agents' API, whose OpenAPI document is generated from its types.
func (s *Server) documented() {
	ownErrors()
	c := huma.DefaultConfig("Usher", "1")
	c.DocsPath, c.OpenAPIPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema in answers
	c.Transformers = append(c.Transformers, tell)
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Who contacted us, on every channel, in one history a customer. Errors are application/problem+json (RFC 9457). A key that may write and has no profiles:read is answered with ids, what was decided, and what it sent itself: the other members of an answer are left out."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		securityScheme: {Type: "http", Scheme: "bearer", Description: "An API key, made with `usher key create`. Scopes: " + words(scopeNames()) + "."},
	}
	s.app.Use("/v1", s.authenticate, s.idempotent)
	s.api = humafiber.NewV2WithGroup(s.app, s.app, c)
	s.api.UseMiddleware(s.authorize, s.consumes, s.strict)
	s.sourceOperations()
	s.deliveryOperations()
	s.sendOperations()
	s.profileOperations()
	s.entryOperations()
	s.claimOperations()
	s.resolveOperations()
	s.interactionOperations()
	s.fileOperations()
	s.eventOperations()
	s.streamOperations()
	s.endpointOperations()
	s.figureOperations() // before /v1/duplicates/{id}
	s.duplicateOperations()
	s.mergeOperations()
	s.auditOperations()
	s.erasureOperations()
	s.keyOperations()
	s.blockOperations()
	s.quarantineOperations()
	s.consentOperations()
	s.organizationOperations()
	s.importOperations()
	s.exportOperations()
	tellInDocument(s.api.OpenAPI())
	s.app.Get("/openapi.json", func(c *fiber.Ctx) error {
		body, err := s.Document()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/vnd.oai.openapi+json; charset=utf-8")
		return c.Send(body)
	})
	s.docs()
}

// Document is the OpenAPI document as JSON.
func (s *Server) Document() ([]byte, error) {
	return json.MarshalIndent(s.api.OpenAPI(), "", "  ")
}

// endpoint declares one operation.
type endpoint struct {
	id, method, path, tag, about string

	scope  keys.Scope
	errors []int // statuses of its errors beyond those that all have
}

func (e endpoint) operation() huma.Operation {
	return huma.Operation{
		OperationID: e.id, Method: e.method, Path: e.path, Tags: []string{e.tag}, Summary: titleOf(e.id), Description: e.about, Security: needs(e.scope),
		Errors: append([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge, http.StatusInternalServerError, http.StatusServiceUnavailable}, e.errors...),
	}
}

// titleOf makes "List deliveries" of list-deliveries.
func titleOf(id string) string {
	title := strings.ReplaceAll(id, "-", " ")
	return strings.ToUpper(title[:1]) + title[1:]
}

func words(all []string) string {
	text := ""
	for i, w := range all {
		if i > 0 {
			text += ", "
		}
		text += w
	}
	return text
}
