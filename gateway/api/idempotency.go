package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// How long the answer to an Idempotency-Key is kept, and after how long one in flight was left by a gateway that stopped.
const (
	answerKept   = 24 * time.Hour
	inFlightKept = time.Minute
)

// idempotent answers a repeated POST as the first one was answered (draft-ietf-httpapi-idempotency-key-header). Interactions that are sent need none of it: the key names their delivery, for ever.
func (s *Server) idempotent(c *fiber.Ctx) error {
	key := c.Get("Idempotency-Key")
	if c.Method() != fiber.MethodPost || key == "" || c.Path() == "/v1/interactions" {
		return c.Next()
	}
	if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s.problem(c, newProblem(422, "validation_failed", "an Idempotency-Key has at most 200 characters, of ASCII"))
	}
	ctx := c.UserContext()
	a := store.Answer{Path: strings.Clone(c.Path()), Digest: digestOf(c), ExpiresAt: store.Now().Add(inFlightKept)}
	a.ID = s.DB.Salt.ID("idk_", callerOf(ctx).ID, key)
	err := s.DB.Answers.Insert(ctx, a)
	if errors.Is(err, store.ErrExists) {
		taken, err := s.repeated(c, &a)
		if err != nil || !taken {
			return err
		}
	} else if err != nil {
		return s.fiberError(c, err)
	} else {
		a.Version = 1
	}
	if err := c.Next(); err != nil {
		return err
	}
	return s.keepAnswer(c, a)
}

// digestOf is what makes two requests the same: method, path, query and body.
func digestOf(c *fiber.Ctx) []byte {
	sum := sha256.New()
	sum.Write([]byte(c.Method() + "\x00" + c.OriginalURL() + "\x00"))
	sum.Write(c.BodyRaw())
	return sum.Sum(nil)
}

// repeated answers a key that was seen before. It is true if the request is to be run after all: the first run was left behind, or its answer has expired.
func (s *Server) repeated(c *fiber.Ctx, a *store.Answer) (run bool, err error) {
	ctx := c.UserContext()
	before, err := s.DB.Answers.Find(ctx, a.ID)
	if err != nil {
		return false, s.fiberError(c, err)
	}
	expired := !before.ExpiresAt.After(store.Now())
	switch {
	case expired:
		a.Version = before.Version
		taken, err := s.DB.Answers.Swap(ctx, *a)
		if errors.Is(err, store.ErrStale) {
			return false, s.inFlight(c)
		}
		if err != nil {
			return false, s.fiberError(c, err)
		}
		*a = taken
		return true, nil
	case hex.EncodeToString(before.Digest) != hex.EncodeToString(a.Digest):
		return false, s.problem(c, newProblem(422, "idempotency_key_reused", "this Idempotency-Key was used for another request"))
	case !before.Done:
		return false, s.inFlight(c)
	}
	for _, h := range before.Header {
		c.Set(h.Name, h.Value)
	}
	c.Set("Idempotency-Replayed", "true")
	return false, c.Status(before.Status).Send(before.Body)
}

func (s *Server) inFlight(c *fiber.Ctx) error {
	setRetryAfter(c, time.Second)
	return s.problem(c, newProblem(409, "busy", "the first request with this Idempotency-Key is still being answered"))
}

// keepAnswer stores an answer that a repeat shall get. One that tells of our own trouble, or to come back later, is not kept: the repeat tries again.
func (s *Server) keepAnswer(c *fiber.Ctx, a store.Answer) error {
	status := c.Response().StatusCode()
	if status >= 500 || len(c.Response().Header.Peek(fiber.HeaderRetryAfter)) > 0 {
		err := s.DB.Answers.Delete(c.UserContext(), a)
		if err != nil {
			s.Log.Warn("dropping answer", "err", err)
		}
		return nil
	}
	a.Done, a.Status, a.ExpiresAt = true, status, store.Now().Add(answerKept)
	a.Body = append([]byte(nil), c.Response().Body()...)
	for _, name := range []string{fiber.HeaderContentType, fiber.HeaderETag, fiber.HeaderLocation} {
		if value := string(c.Response().Header.Peek(name)); value != "" {
			a.Header = append(a.Header, contact.Pair{Name: name, Value: value})
		}
	}
	if _, err := s.DB.Answers.Swap(c.UserContext(), a); err != nil {
		s.Log.Warn("keeping answer", "err", err) // the request itself was done
	}
	return nil
}

// operationOf names what a request with an Idempotency-Key does, so that a repeat after a crash finds what the first one did; empty without a key.
func (s *Server) operationOf(ctx context.Context, key string) string {
	if key == "" {
		return ""
	}
	return s.DB.Salt.ID(contact.OperationPrefix, callerOf(ctx).ID, key)
}

// Tidy drops the answers whose keys may be used anew, and the links that are too old to be followed.
func (s *Server) Tidy(ctx context.Context) error {
	now := store.Now()
	return errors.Join(s.DB.Answers.DeleteUntil(ctx, "expires", now), s.DB.ClaimLinks.DeleteUntil(ctx, "expires", now))
}
