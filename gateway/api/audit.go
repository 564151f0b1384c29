package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/store"
)

// AuditEntry is one decision that somebody took. Decisions are never changed or removed; what was said and seen with one can be erased.
type AuditEntry struct {
	ID       string             `json:"id"`
	Number   int64              `json:"number,omitempty" doc:"Its place in the log of decisions about who is whom."`
	Kind     string             `json:"kind" example:"merge"`
	Profiles []string           `json:"profiles" doc:"Of a merge: what was merged, and into what; else the pair."`
	Subject  string             `json:"subject,omitempty" doc:"What else it was about, such as an interaction."`
	From     string             `json:"from,omitempty"`
	To       string             `json:"to,omitempty"`
	Of       string             `json:"of,omitempty" doc:"The decision that it takes back."`
	Who      string             `json:"who" doc:"The agent, else the key."`
	Why      string             `json:"why,omitempty"`
	Seen     []contact.Evidence `json:"seen" doc:"What it was decided on."`
	At       time.Time          `json:"at"`
}

func (s *Server) auditOperations() {
	huma.Register(s.api, endpoint{"list-audit", "GET", "/v1/audit", "Audit", "Who decided what, when and why, the newest first.", keys.Admin, nil}.operation(), s.listAudit)
}

type auditQuery struct {
	Page
	Kind      string    `query:"kind" maxLength:"64"`
	Who       string    `query:"who" maxLength:"100"`
	ProfileID string    `query:"profile_id" maxLength:"64" doc:"Decisions that name this profile; of a person ask for each of its members."`
	Since     time.Time `query:"since"`
	Until     time.Time `query:"until"`
}

func (in *auditQuery) keeps(d contact.Decision) bool {
	return (in.Kind == "" || d.Kind == in.Kind) && (in.Who == "" || d.Who == in.Who) &&
		(in.ProfileID == "" || slices.Contains([]string{d.A, d.B, d.Subject, d.From, d.To}, in.ProfileID))
}

func (s *Server) listAudit(ctx context.Context, in *auditQuery) (*listOutput[AuditEntry], error) {
	r := store.Range{Index: "at", Descending: true}
	if !in.Since.IsZero() {
		r.Lower = contact.Instant(in.Since)
	}
	if !in.Until.IsZero() {
		r.Upper = contact.Instant(in.Until)
	}
	out, err := page(ctx, s, in.Page, listing[contact.Decision, *contact.Decision, AuditEntry]{
		address:    address("/v1/audit", "kind", in.Kind, "who", in.Who, "profile_id", in.ProfileID, "since", timeText(in.Since), "until", timeText(in.Until)),
		collection: s.DB.Decisions, of: r, keep: in.keeps,
		show: func(d contact.Decision) (AuditEntry, error) { return s.showAudit(ctx, d) },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) showAudit(ctx context.Context, d contact.Decision) (AuditEntry, error) {
	shown := AuditEntry{ID: d.ID, Number: d.N, Kind: d.Kind, Profiles: []string{}, Subject: d.Subject, From: d.From, To: d.To, Of: d.Of, Who: d.Who, Why: d.Why, Seen: []contact.Evidence{}, At: d.At}
	if d.A != "" {
		shown.Profiles = append(shown.Profiles, d.A)
	}
	if d.B != "" {
		shown.Profiles = append(shown.Profiles, d.B)
	}
	if d.EvidenceID == "" {
		return shown, nil
	}
	basis, err := s.DB.Evidence.Find(ctx, d.EvidenceID)
	if errors.Is(err, store.ErrNotFound) { // erased
		return shown, nil
	}
	shown.Why, shown.Seen = basis.Why, nonNil(basis.Seen)
	return shown, err
}
