package api

import (
	"embed"
	"net/http"

	"github.com/gofiber/fiber/v2"
)

//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load what this server gives and nothing else. The reference styles itself inline.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs are the pages for people: what this is, and the API reference.
func (s *Server) docs() {
	s.file("/", "docs/index.html", "text/html; charset=utf-8")
	s.file("/docs", "docs/reference.html", "text/html; charset=utf-8")
	s.file("/docs/reference.js", "docs/reference.js", "text/javascript; charset=utf-8")
	s.file("/docs/start.js", "docs/start.js", "text/javascript; charset=utf-8")
	s.file("/docs/icon.svg", "docs/icon.svg", "image/svg+xml")
	s.file("/docs/page.css", "docs/page.css", "text/css; charset=utf-8")
}

func (s *Server) file(path, name, contentType string) {
	s.app.Get(path, func(c *fiber.Ctx) error {
		body, err := docsFiles.ReadFile(name)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, contentType)
		c.Set(fiber.HeaderContentSecurityPolicy, docsPolicy)
		c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
		return c.Status(http.StatusOK).Send(body)
	})
}
