package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"usher/gateway"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// keyCommand works on the store directly. While a gateway has an SQLite store, its API does the same.
type keyCommand struct {
	Create keyCreate `cmd:"" help:"Create a key and print it, once."`
	List   keyList   `cmd:"" help:"List the keys."`
	Revoke keyRevoke `cmd:"" help:"Revoke a key."`
}

type keyCreate struct {
	settings `embed:""`
	Name     string   `required:"" help:"What it is for."`
	Scopes   []string `required:"" name:"scope" help:"What it may do: ingest:write, profiles:read, profiles:write, duplicates:review, profiles:merge, profiles:undo, privacy:erase, admin. Several: separated by commas."`
	Agent    string   `help:"The agent (of workspace.agents) whose decisions it makes."`
	Source   string   `help:"The source its interactions are recorded under. Default: api."`
}

// Run creates a key.
func (k keyCreate) Run(ctx context.Context, c console) error {
	cfg, err := k.load(c)
	if err != nil {
		return err
	}
	if k.Agent != "" && !cfg.HasAgent(k.Agent) {
		return fmt.Errorf("creating key: no agent %s in workspace.agents", k.Agent)
	}
	if _, ok := cfg.SourceNamed(k.Source); k.Source != "" && !ok {
		return fmt.Errorf("creating key: no source %s in the configuration", k.Source)
	}
	return k.with(ctx, c, func(db *store.DB) error {
		grant := keys.Grant{Name: k.Name, Agent: k.Agent, Source: k.Source}
		for _, s := range k.Scopes {
			grant.Scopes = append(grant.Scopes, keys.Scope(s))
		}
		secret, key, err := keys.Create(ctx, db, grant)
		if err != nil {
			return fmt.Errorf("creating key: %w", err)
		}
		_, err = fmt.Fprintf(c.out, "%s\nId %s. It is not shown again.\n", secret, key.ID)
		return err
	})
}

type keyList struct {
	settings `embed:""`
}

// Run lists the keys.
func (k keyList) Run(ctx context.Context, c console) error {
	return k.with(ctx, c, func(db *store.DB) error {
		all, err := keys.List(ctx, db)
		if err != nil {
			return err
		}
		t := table.NewWriter()
		t.SetOutputMirror(c.out)
		t.AppendHeader(table.Row{"id", "name", "scopes", "agent", "source", "created", "revoked"})
		for _, key := range all {
			revoked := ""
			if !key.RevokedAt.IsZero() {
				revoked = key.RevokedAt.Format("2006-01-02 15:04")
			}
			t.AppendRow(table.Row{key.ID, key.Name, strings.Join(key.Scopes, " "), key.Agent, key.Source, key.CreatedAt.Format("2006-01-02 15:04"), revoked})
		}
		if len(all) == 0 {
			_, err := fmt.Fprintln(c.out, "no keys yet: the first start of usher serve prints one")
			return err
		}
		t.Render()
		return nil
	})
}

type keyRevoke struct {
	settings `embed:""`
	ID       string `arg:"" help:"The key's id, as usher key list shows it."`
}

// Run revokes a key.
func (k keyRevoke) Run(ctx context.Context, c console) error {
	return k.with(ctx, c, func(db *store.DB) error {
		if err := keys.Revoke(ctx, db, k.ID); err != nil {
			return fmt.Errorf("revoking key: %w", err)
		}
		_, err := fmt.Fprintln(c.out, "revoked; gateways that are running follow within ten seconds")
		return err
	})
}

// with opens the store that the settings mean.
func (s settings) with(ctx context.Context, c console, do func(*store.DB) error) error {
	cfg, err := s.load(c)
	if err != nil {
		return err
	}
	db, err := gateway.OpenStore(ctx, cfg.Store.URI.Reveal())
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%w: a running gateway has the store. Ask it, with a key of the scope admin: POST or GET %[2]s/v1/keys, DELETE %[2]s/v1/keys/{id} (%[2]s/docs)", err, runningAddress(cfg))
	}
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // every write was durable when it was answered
	return do(db)
}
