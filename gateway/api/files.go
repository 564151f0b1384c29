package api

import (
	"context"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
)

func (s *Server) fileOperations() {
	file := endpoint{"get-file", "GET", "/v1/interactions/{id}/files/{file}", "Interactions", "A file of an interaction, by the stored_ref of its media. It comes as an attachment: it is whatever its sender says it is.", keys.ProfilesRead, []int{404}}.operation()
	file.Responses = map[string]*huma.Response{"200": {Description: "The file's bytes.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(s.api, file, s.getFile)
}

func (s *Server) getFile(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	File string `path:"file" maxLength:"64"`
}) (*huma.StreamResponse, error) {
	i, err := s.people.Interaction(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	media, ok := i.File(in.File)
	if !ok {
		return nil, s.fail(ctx, contact.NewError(contact.NotFound, "not_found", "the interaction has no such file", nil))
	}
	// The body is sent after this handler has ended, in pieces, so that a large file is never held whole.
	blob := s.DB.ReadBlob(context.WithoutCancel(ctx), in.File, media.Size)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c := humafiber.UnwrapV2(hc)
		c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'")
		c.Set(fiber.HeaderContentDisposition, attachment(media.Filename))
		c.Status(http.StatusOK)
		_ = c.SendStream(blob, int(media.Size)) // it only notes the stream
	}}, nil
}

// attachment is the Content-Disposition of a file by its name (RFC 6266).
func attachment(name string) string {
	if header := mime.FormatMediaType("attachment", map[string]string{"filename": name}); name != "" && header != "" {
		return header
	}
	return "attachment"
}
