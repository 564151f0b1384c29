package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"usher/gateway/telemetry"
)

const requestIDHeader = "X-Request-Id"

type contextKey int

const (
	requestIDKey contextKey = iota
	callerKey
)

// observe gives every request its id and counts its answer. A panic becomes a 500 that tells nothing of it.
func (s *Server) observe(c *fiber.Ctx) (err error) {
	began := time.Now()
	id := identify(c)
	defer func() {
		if p := recover(); p != nil { // its value may hold what a customer wrote
			s.Log.Error("handler panicked", "request_id", id, "route", c.Route().Path, "stack", telemetry.Stack())
			err = s.problem(c, internal())
		}
		s.Metrics.Request(c.Route().Path, strconv.Itoa(c.Response().StatusCode()), time.Since(began))
	}()
	if err := c.Next(); err != nil {
		return s.fiberError(c, err)
	}
	return nil
}

// identify gives a request its id.
func identify(c *fiber.Ctx) string {
	id := requestID(c.Get(requestIDHeader))
	c.Set(requestIDHeader, id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.SetUserContext(context.WithValue(c.UserContext(), requestIDKey, id))
	return id
}

// requestID keeps a well-formed id of the caller's, else makes one. Fiber's own are sequential, and tell how busy we are.
func requestID(sent string) string {
	if len(sent) >= 8 && len(sent) <= 64 && strings.Trim(sent, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "" {
		return sent
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // it never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(random)
}

// requestIDOf is the id of the request a context belongs to.
func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// guard refuses encoded bodies before anything reads them: Fiber inflates them past the body limit (51 KB of gzip became 52 MB).
func (s *Server) guard(c *fiber.Ctx) error {
	if encoding := c.Get(fiber.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return s.problem(c, newProblem(415, "unsupported_media_type", "send the body without Content-Encoding"))
	}
	return c.Next()
}

// consumes refuses a body of another type than the operation reads. A form that was sent to it would be read as broken JSON, or not at all.
func (s *Server) consumes(ctx huma.Context, next func(huma.Context)) {
	body, sent := ctx.Operation().RequestBody, ctx.Header("Content-Type")
	if body == nil || sent == "" {
		next(ctx)
		return
	}
	media, _, err := mime.ParseMediaType(sent)
	if err == nil && strings.HasSuffix(media, "+json") {
		media = fiber.MIMEApplicationJSON
	}
	if _, ok := body.Content[media]; err != nil || !ok {
		s.refuse(ctx, newProblem(415, "unsupported_media_type", "send the body as "+strings.Join(slices.Sorted(maps.Keys(body.Content)), " or ")))
		return
	}
	next(ctx)
}

// setRetryAfter says when to come back.
func setRetryAfter(c *fiber.Ctx, after time.Duration) {
	c.Set(fiber.HeaderRetryAfter, fmt.Sprint(int(after.Seconds()+1)))
}
