package api

import (
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// Key is an API key, without its secret.
type Key struct {
	ID        string     `json:"id" example:"key_01938c5e-7a10-7c3e-9f62-0d5a1b2c3d4e"`
	Name      string     `json:"name"`
	Scopes    []string   `json:"scopes"`
	Agent     string     `json:"agent,omitempty" doc:"The agent whose decisions it makes."`
	Source    string     `json:"source,omitempty" doc:"The source its interactions are recorded under."`
	CreatedAt time.Time  `json:"created_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

// NewKey is an API key that was just made.
type NewKey struct {
	Key
	Secret string `json:"secret" doc:"What a client sends as its Bearer token. It is not shown again."`
}

type newKeyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         NewKey
}

type keyOutput struct{ Body Key }

type keysOutput struct {
	Body struct {
		Data []Key `json:"data"`
	}
}

func (s *Server) keyOperations() {
	create := endpoint{"create-key", "POST", "/v1/keys", "Keys", "Make a key. Its secret is in this answer and nowhere else, so it takes no Idempotency-Key, whose answers are kept.", keys.Admin, nil}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createKey)
	huma.Register(s.api, endpoint{"list-keys", "GET", "/v1/keys", "Keys", "All keys, the newest first, those that were revoked too.", keys.Admin, nil}.operation(), s.listKeys)
	huma.Register(s.api, endpoint{"revoke-key", "DELETE", "/v1/keys/{id}", "Keys", "Revoke a key. It stays in the list, since decisions name it. Other gateways on the store follow within ten seconds.", keys.Admin, []int{404}}.operation(), s.revokeKey)
}

func (s *Server) createKey(ctx context.Context, in *struct {
	Idempotency string `header:"Idempotency-Key" hidden:"true"`
	Body        struct {
		Name   string   `json:"name" minLength:"1" maxLength:"100" doc:"What it is for."`
		Scopes []string `json:"scopes" minItems:"1" maxItems:"8" doc:"What it may do."`
		Agent  string   `json:"agent,omitempty" maxLength:"63" doc:"The agent of workspace.agents whose decisions it makes."`
		Source string   `json:"source,omitempty" maxLength:"63" doc:"The source its interactions are recorded under; empty: api."`
	}
}) (*newKeyOutput, error) {
	if err := shownOnce(in.Idempotency); err != nil {
		return nil, s.fail(ctx, err)
	}
	if in.Body.Agent != "" && !s.Config.HasAgent(in.Body.Agent) {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", "no such agent in workspace.agents", nil))
	}
	if _, ok := s.sources[in.Body.Source]; in.Body.Source != "" && !ok {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", "no such source", nil))
	}
	grant := keys.Grant{Name: in.Body.Name, Agent: in.Body.Agent, Source: in.Body.Source}
	for _, scope := range in.Body.Scopes {
		grant.Scopes = append(grant.Scopes, keys.Scope(scope))
	}
	secret, key, err := keys.Create(ctx, s.DB, grant)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("key created", "key_id", key.ID, "who", who(ctx))
	return &newKeyOutput{CacheControl: "no-store", Body: NewKey{Key: showKey(key), Secret: secret}}, nil
}

func (s *Server) listKeys(ctx context.Context, _ *struct{}) (*keysOutput, error) {
	all, err := keys.List(ctx, s.DB)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &keysOutput{}
	out.Body.Data = []Key{}
	for _, key := range all {
		out.Body.Data = append(out.Body.Data, showKey(key))
	}
	return out, nil
}

func (s *Server) revokeKey(ctx context.Context, in *byID) (*keyOutput, error) {
	if err := keys.Revoke(ctx, s.DB, in.ID); err != nil {
		return nil, s.fail(ctx, err)
	}
	s.keys.forget()
	key, err := s.DB.Keys.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("key revoked", "key_id", key.ID, "who", who(ctx))
	return &keyOutput{Body: showKey(key)}, nil
}

func showKey(key store.Key) Key {
	shown := Key{ID: key.ID, Name: key.Name, Scopes: slices.Clone(key.Scopes), Agent: key.Agent, Source: key.Source, CreatedAt: key.CreatedAt}
	if !key.RevokedAt.IsZero() {
		shown.RevokedAt = &key.RevokedAt
	}
	return shown
}
