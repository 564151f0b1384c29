package api

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/organizations/domain"
	"usher/gateway/people"
	"usher/gateway/store"
	"usher/matching/normal"
)

// Block keeps the contacts of a contact point, a person or a domain out: they go into quarantine.
type Block struct {
	ID         string     `json:"id" example:"blk_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Kind       string     `json:"kind" enum:"identity,profile,domain"`
	IdentityID string     `json:"identity_id,omitempty"`
	ProfileID  string     `json:"profile_id,omitempty" doc:"It holds for the whole person."`
	Scheme     string     `json:"scheme,omitempty" example:"tel"`
	Value      string     `json:"value,omitempty" doc:"The contact point or domain as it was named, in its normal form; absent once erased."`
	State      string     `json:"state" enum:"standing,expired,lifted"`
	Until      *time.Time `json:"until,omitempty"`
	Who        string     `json:"who"`
	Why        string     `json:"why,omitempty"`
	At         time.Time  `json:"at"`
	DecisionID string     `json:"decision_id"`
}

type blockOutput struct {
	ETag string `header:"ETag"`
	Body Block
}

func (s *Server) blockOperations() {
	create := endpoint{"create-block", "POST", "/v1/blocks", "Blocks", "Keep somebody out: name a contact point by its id or in any spelling, a profile, or a domain of mail addresses. What comes from there goes into quarantine. A block that stands already gets the end that is named here.", keys.ProfilesWrite, []int{404, 409}}.operation()
	create.DefaultStatus = 201
	huma.Register(s.api, create, s.createBlock)
	huma.Register(s.api, endpoint{"list-blocks", "GET", "/v1/blocks", "Blocks", "Who is kept out, the last decided first.", keys.ProfilesRead, []int{404}}.operation(), s.listBlocks)
	huma.Register(s.api, endpoint{"get-block", "GET", "/v1/blocks/{id}", "Blocks", "One block, standing or not.", keys.ProfilesRead, []int{404}}.operation(), s.getBlock)
	huma.Register(s.api, endpoint{"delete-block", "DELETE", "/v1/blocks/{id}", "Blocks", "Let somebody in again. What was kept out stays in quarantine until it is released.", keys.ProfilesWrite, []int{404, 409, 412}}.operation(), s.deleteBlock)
}

// BlockRequest names what is blocked: one of the four.
type BlockRequest struct {
	IdentityID   string      `json:"identity_id,omitempty" maxLength:"64"`
	ProfileID    string      `json:"profile_id,omitempty" maxLength:"64" doc:"Any profile of a person."`
	ContactPoint *NamedPoint `json:"contact_point,omitempty" doc:"Also one that nobody holds yet."`
	Domain       string      `json:"domain,omitempty" maxLength:"253" doc:"Of mail addresses, with what lies below it."`
	Force        bool        `json:"force,omitempty" doc:"Also a domain where anybody may have an address (422 domain_is_free_mail, domain_is_public_suffix without it)."`
	Until        time.Time   `json:"until,omitzero" doc:"When it ends by itself. Without it: when it is lifted."`
	Why          string      `json:"why,omitempty" maxLength:"1000"`
}

// NamedPoint is a contact point in any spelling.
type NamedPoint struct {
	Scheme string `json:"scheme" minLength:"1" maxLength:"64" example:"tel"`
	Value  string `json:"value" minLength:"1" maxLength:"512"`
	Scope  string `json:"scope,omitempty" maxLength:"512" doc:"What the value is unique in, where the scheme has that."`
}

func (s *Server) createBlock(ctx context.Context, in *struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body BlockRequest
}) (*blockOutput, error) {
	w, err := s.barring(ctx, in.Body)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	if !in.Body.Until.IsZero() && !in.Body.Until.After(time.Now()) {
		return nil, s.fail(ctx, contact.NewError(contact.Invalid, "validation_failed", "until is not in the future", nil))
	}
	w.Until, w.Who, w.Why = in.Body.Until, who(ctx), in.Body.Why
	b, err := s.people.Block(ctx, w)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("blocked", "block_id", b.ID, "decision_id", b.DecisionID, "who", b.Who)
	return s.blockOutput(ctx, b)
}

// barring reads what is to be blocked.
func (s *Server) barring(ctx context.Context, r BlockRequest) (w people.Barring, err error) {
	named := 0
	for _, given := range []bool{r.IdentityID != "", r.ProfileID != "", r.ContactPoint != nil, r.Domain != ""} {
		if given {
			named++
		}
	}
	if named != 1 {
		return w, contact.NewError(contact.Invalid, "validation_failed", "name one of identity_id, profile_id, contact_point and domain", nil)
	}
	switch {
	case r.IdentityID != "":
		found, err := s.DB.Identities.FindAll(ctx, r.IdentityID)
		if err != nil {
			return w, err
		}
		i, ok := found[r.IdentityID]
		if !ok {
			return w, contact.NewError(contact.NotFound, "not_found", "no such contact point", nil)
		}
		return people.Barring{Kind: contact.IdentityBlock, Target: i.ID, Named: contact.Evidence{Kind: string(i.Scheme), Left: i.Value}}, nil
	case r.ProfileID != "":
		return people.Barring{Kind: contact.ProfileBlock, Target: r.ProfileID}, nil
	case r.Domain != "":
		return domainBarring(s.DB.Salt, r)
	}
	point, ok := s.normalPoint(*r.ContactPoint)
	if !ok {
		return w, contact.NewError(contact.Invalid, "validation_failed", "the contact point has no normal form", nil)
	}
	id := s.DB.Salt.IdentityID(contact.Scheme(point.Scheme), point.Scope, point.Value, "")
	return people.Barring{Kind: contact.IdentityBlock, Target: id, Named: contact.Evidence{Kind: point.Scheme, Left: point.Value}}, nil
}

func domainBarring(salt contact.Salt, r BlockRequest) (people.Barring, error) {
	address, ok := normal.Email("any@" + strings.TrimPrefix(strings.TrimSpace(r.Domain), "@"))
	_, name, _ := strings.Cut(address, "@")
	if !ok || !strings.Contains(name, ".") {
		return people.Barring{}, contact.NewError(contact.Invalid, "validation_failed", "that is no domain of mail addresses", nil)
	}
	if code := everybodys(name); code != "" && !r.Force {
		return people.Barring{}, contact.NewError(contact.Invalid, code, "very many people have addresses of that domain: block the address, or say force", nil)
	}
	return people.Barring{Kind: contact.DomainBlock, Target: salt.DomainID(name), Named: contact.Evidence{Kind: "domain", Left: name}}, nil
}

// everybodys says by a code why a block of a domain would keep out many who have nothing to do with each other; empty: it would not. Disposable addresses are what such blocks are for.
func everybodys(name string) string {
	if domain.Registrable(name) == "" {
		return "domain_is_public_suffix"
	}
	if code := domain.Open(name); code != "domain_is_disposable" {
		return code
	}
	return ""
}

// normalPoint is a contact point in its normal form, as ingest has it.
func (s *Server) normalPoint(p NamedPoint) (NamedPoint, bool) {
	value, ok := s.normalValue(contact.Scheme(p.Scheme), strings.TrimSpace(p.Value))
	p.Value = value
	return p, ok && value != ""
}

type blockQuery struct {
	Page
	State     string `query:"state" enum:"standing,expired,lifted" doc:"Without it: those that stand."`
	ProfileID string `query:"profile_id" maxLength:"64" doc:"Only those that hold for this person: of any profile, and of the contact points."`
}

func (s *Server) listBlocks(ctx context.Context, in *blockQuery) (*listOutput[Block], error) {
	show := func(b contact.Block) (Block, error) { return s.showBlock(ctx, b) }
	if in.ProfileID != "" {
		return s.blocksOf(ctx, in)
	}
	state := in.State
	if state == "" {
		state = "standing"
	}
	of := store.Range{Index: "state", Equal: []any{string(contact.BlockStanding)}, Descending: true}
	if state == "lifted" {
		of.Equal = []any{string(contact.BlockLifted)}
	}
	out, err := page(ctx, s, in.Page, listing[contact.Block, *contact.Block, Block]{
		address: address("/v1/blocks", "state", in.State), collection: s.DB.Blocks, of: of,
		keep: func(b contact.Block) bool { return stateOf(b) == state }, show: show,
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

// blocksOf are the blocks that hold for a person; they are few and one page.
func (s *Server) blocksOf(ctx context.Context, in *blockQuery) (*listOutput[Block], error) {
	out := &listOutput[Block]{Body: List[Block]{Data: []Block{}}}
	blocks, err := s.people.BlocksOf(ctx, in.ProfileID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	for _, b := range blocks {
		shown, err := s.showBlock(ctx, b)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		if in.State == "" || in.State == shown.State {
			out.Body.Data = append(out.Body.Data, shown)
		}
	}
	return out, nil
}

func (s *Server) getBlock(ctx context.Context, in *byID) (*blockOutput, error) {
	b, err := s.people.BlockOf(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.blockOutput(ctx, b)
}

func (s *Server) deleteBlock(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	IfMatch string `header:"If-Match" maxLength:"64"`
}) (*blockOutput, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	b, err := s.people.Unblock(ctx, in.ID, version, who(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("block lifted", "block_id", b.ID, "decision_id", b.DecisionID, "who", b.Who)
	return s.blockOutput(ctx, b)
}

func (s *Server) blockOutput(ctx context.Context, b contact.Block) (*blockOutput, error) {
	shown, err := s.showBlock(ctx, b)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &blockOutput{ETag: etag(b.Version), Body: shown}, nil
}

func stateOf(b contact.Block) string {
	if b.State == contact.BlockStanding && !b.Stands(time.Now()) {
		return "expired"
	}
	return string(b.State)
}

func (s *Server) showBlock(ctx context.Context, b contact.Block) (Block, error) {
	shown := Block{ID: b.ID, Kind: string(b.Kind), State: stateOf(b), Who: b.Who, At: b.At, DecisionID: b.DecisionID}
	switch b.Kind {
	case contact.IdentityBlock:
		shown.IdentityID = b.Target
	case contact.ProfileBlock:
		shown.ProfileID = b.Target
	}
	if !b.Until.IsZero() {
		shown.Until = &b.Until
	}
	basis, err := s.DB.Evidence.FindAll(ctx, b.EvidenceID)
	if err != nil {
		return shown, err
	}
	reason := basis[b.EvidenceID]
	shown.Why = reason.Why
	if len(reason.Seen) > 0 {
		shown.Value = reason.Seen[0].Left
		if b.Kind == contact.IdentityBlock {
			shown.Scheme = reason.Seen[0].Kind
		}
	}
	return shown, nil
}
