package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"

	"usher/gateway/keys"
	"usher/gateway/store"
)

// keyring remembers keys for a few seconds, so that a busy client costs no look-up each time and a revoked key ends soon.
type keyring struct {
	db     *store.DB
	recent *otter.Cache[string, store.Key]
}

// keyMemory is how long a revoked key may go on.
const keyMemory = 10 * time.Second

func newKeyring(db *store.DB) *keyring {
	return &keyring{db: db, recent: otter.Must(&otter.Options[string, store.Key]{
		MaximumSize: 1000, ExpiryCalculator: otter.ExpiryWriting[string, store.Key](keyMemory),
	})}
}

func (k *keyring) find(ctx context.Context, secret string) (store.Key, bool, error) {
	if key, ok := k.recent.GetIfPresent(secret); ok {
		return key, true, nil
	}
	key, ok, err := keys.Find(ctx, k.db, secret)
	if ok {
		k.recent.Set(secret, key)
	}
	return key, ok, err
}

// forget drops what is remembered, so that a key that was revoked here ends at once.
func (k *keyring) forget() { k.recent.InvalidateAll() }

// authenticate finds out whose request it is; every path below /v1 needs a key.
func (s *Server) authenticate(c *fiber.Ctx) error {
	scheme, secret, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110, 11.1: a scheme's case does not matter
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="usher"`)
		return s.problem(c, newProblem(401, "unauthorized", "send an API key: Authorization: Bearer usk_..."))
	}
	key, ok, err := s.keys.find(c.UserContext(), strings.TrimSpace(secret))
	if err != nil {
		return s.fiberError(c, err)
	}
	if !ok {
		return s.wrongKey(c)
	}
	if !s.limits.request(c, key.ID, family(c)) {
		return s.problem(c, newProblem(429, "rate_limited", "too many requests with this key"))
	}
	c.SetUserContext(context.WithValue(c.UserContext(), callerKey, key))
	return c.Next()
}

// wrongKey answers a key that was not found, and for a while no more than that its sender has tried too many.
func (s *Server) wrongKey(c *fiber.Ctx) error {
	if !s.limits.failed(wrongKey, s.proxies.client(c)) {
		setRetryAfter(c, 5*time.Second)
		return s.problem(c, newProblem(429, "rate_limited", "too many wrong keys from this address"))
	}
	c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="usher", error="invalid_token"`)
	return s.problem(c, newProblem(401, "unauthorized", "the API key is unknown or revoked"))
}

// family tells sending from reading and reviewing: they are limited apart.
func family(c *fiber.Ctx) string {
	if c.Method() == fiber.MethodPost && c.Path() == "/v1/interactions" {
		return "ingest"
	}
	return "api"
}

// callerOf is the key a request came with.
func callerOf(ctx context.Context) store.Key {
	key, _ := ctx.Value(callerKey).(store.Key)
	return key
}

// who names the caller in decisions: the agent the key acts for, else the key.
func who(ctx context.Context) string {
	key := callerOf(ctx)
	if key.Agent != "" {
		return key.Agent
	}
	return key.ID
}

// scopesOf are the scopes of which an operation needs one, from its declaration.
func scopesOf(op *huma.Operation) (scopes []keys.Scope) {
	for _, requirement := range op.Security {
		if named := requirement[securityScheme]; len(named) > 0 {
			scopes = append(scopes, keys.Scope(named[0]))
		}
	}
	if len(scopes) == 0 {
		return []keys.Scope{keys.Admin}
	}
	return scopes
}

const securityScheme = "key"

// needs declares the scope of an operation.
func needs(scope keys.Scope) []map[string][]string {
	return []map[string][]string{{securityScheme: {string(scope)}}}
}

// authorize lets a request through whose key has one of the operation's scopes.
func (s *Server) authorize(ctx huma.Context, next func(huma.Context)) {
	key, scopes := callerOf(ctx.Context()), scopesOf(ctx.Operation())
	if slices.ContainsFunc(scopes, func(scope keys.Scope) bool { return keys.Allows(key, scope) }) {
		next(ctx)
		return
	}
	s.refuse(ctx, newProblem(403, "forbidden_scope", "this needs a key with the scope "+string(scopes[0])))
}

// refuse answers an operation before its handler runs.
func (s *Server) refuse(ctx huma.Context, p *Problem) {
	ctx.SetHeader("Content-Type", problemType)
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p.of(ctx.Context())) // the connection is gone if it cannot be written
}

// scopeNames are all scopes, for the document.
func scopeNames() []string {
	var names []string
	for _, scope := range keys.Scopes {
		names = append(names, string(scope))
	}
	return slices.Clip(names)
}
