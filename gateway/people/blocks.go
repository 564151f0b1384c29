package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Barring is somebody's wish to keep a contact point, a person or a domain out.
type Barring struct {
	Kind   contact.BlockKind
	Target string           // id of the identity, of any of the person's profiles, or of the domain
	Named  contact.Evidence // what was named, as it reads; kept with the reason
	Until  time.Time        // zero: until it is lifted
	Who    string
	Why    string
}

// Block makes a block stand, or changes until when it does. One that stands so already is left as it is.
func (p *People) Block(ctx context.Context, w Barring) (contact.Block, error) {
	if w.Kind == contact.ProfileBlock { // what is written to a merged profile lands on who it is now
		person, err := p.Person(ctx, w.Target)
		if err != nil {
			return contact.Block{}, err
		}
		w.Target = person.Root().ID
	}
	if err := p.markPeople(ctx, w); err != nil {
		return contact.Block{}, err
	}
	id := p.db.Salt.BlockID(w.Kind, w.Target)
	return p.changeBlock(ctx, id, func(b *contact.Block) bool {
		if b.Stands(store.Now()) && b.Until.Equal(contact.Instant(w.Until)) {
			return false
		}
		b.Kind, b.Target, b.State, b.Until, b.Who = w.Kind, w.Target, contact.BlockStanding, time.Time{}, w.Who
		if !w.Until.IsZero() {
			b.Until = contact.Instant(w.Until)
		}
		return true
	}, contact.Basis{A: w.Target, Why: w.Why, Seen: named(w.Named)})
}

func named(e contact.Evidence) []contact.Evidence {
	if e.Kind == "" {
		return nil
	}
	return []contact.Evidence{e}
}

// Unblock lifts a block; what was kept out meanwhile stays in quarantine. NotFound if there is none, Stale if it is not in the version it was seen in; one that was lifted is left as it is.
func (p *People) Unblock(ctx context.Context, id string, version int64, who string) (contact.Block, error) {
	seen, err := p.BlockOf(ctx, id)
	if err != nil {
		return seen, err
	}
	if version != 0 && version != seen.Version {
		return seen, contact.NewError(contact.Stale, "stale_version", "the block has changed since", nil)
	}
	return p.changeBlock(ctx, id, func(b *contact.Block) bool {
		if b.State != contact.BlockStanding {
			return false
		}
		b.State, b.Who = contact.BlockLifted, who
		return true
	}, contact.Basis{A: seen.Target, Seen: p.namedBefore(ctx, seen)})
}

// namedBefore is what a block was said to be of; nothing if that was erased.
func (p *People) namedBefore(ctx context.Context, b contact.Block) []contact.Evidence {
	basis, err := p.db.Evidence.FindAll(ctx, b.EvidenceID)
	if err != nil {
		return nil
	}
	return basis[b.EvidenceID].Seen
}

// BlockOf reads a block, NotFound if there never was one.
func (p *People) BlockOf(ctx context.Context, id string) (contact.Block, error) {
	b, err := p.db.Blocks.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && b.Kind == contact.PeopleMark {
		err = contact.NewError(contact.NotFound, "not_found", "no such block", err)
	}
	return b, err
}

// markPeople says, before the first block that hangs on whose a contact is, that there are such. One of a contact point hangs on it if several use it and one of them is meant.
func (p *People) markPeople(ctx context.Context, w Barring) error {
	if w.Kind == contact.DomainBlock {
		return nil
	}
	if w.Kind == contact.IdentityBlock {
		held, err := p.db.Identities.FindAll(ctx, w.Target)
		if err != nil || held[w.Target].NameKey == "" {
			return err
		}
	}
	mark := contact.Block{Kind: contact.PeopleMark, At: store.Now()}
	mark.ID = p.db.Salt.BlockID(contact.PeopleMark, "")
	if err := p.db.Blocks.Insert(ctx, mark); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	return nil
}

// changeBlock brings a block into another state, with the decision about it: what was said first, then the block, then the decision, so that a stop between any two leaves a block whose decision is still to be listed.
func (p *People) changeBlock(ctx context.Context, id string, change func(*contact.Block) bool, basis contact.Basis) (contact.Block, error) {
	for range maxTries {
		found, err := p.db.Blocks.FindAll(ctx, id)
		if err != nil {
			return contact.Block{}, err
		}
		b, exists := found[id]
		if b, err = p.listBlock(ctx, b); err != nil {
			return b, err
		}
		if !change(&b) {
			return b, nil
		}
		b.ID, b.At = id, store.Now()
		if b.DecisionID, err = newDecisionID(); err != nil {
			return b, err
		}
		b.Pending = b.DecisionID
		if b.EvidenceID, err = p.keepReason(ctx, b.DecisionID, basis); err != nil {
			return b, err
		}
		if exists {
			b, err = p.db.Blocks.Swap(ctx, b)
		} else if err = p.db.Blocks.Insert(ctx, b); err == nil {
			b.Version = 1
		}
		if errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			return b, err
		}
		return p.listBlock(ctx, b)
	}
	return contact.Block{}, busy()
}

// listBlock lists a block's decision with the others, if that is still to be done.
func (p *People) listBlock(ctx context.Context, b contact.Block) (contact.Block, error) {
	if b.Pending == "" {
		return b, nil
	}
	kind := contact.BlockMade
	if b.State == contact.BlockLifted {
		kind = contact.BlockUndone
	}
	d := contact.Decision{Kind: kind, Subject: b.ID, Who: b.Who, EvidenceID: b.EvidenceID, At: b.At}
	d.ID = b.Pending
	if err := p.db.Conclude(ctx, &contact.Pending{Decision: d}); err != nil {
		return b, err
	}
	b.Pending = ""
	listed, err := p.db.Blocks.Swap(ctx, b)
	if errors.Is(err, store.ErrStale) { // somebody else has listed it, or decided anew
		return p.db.Blocks.Find(ctx, b.ID)
	}
	return listed, err
}

// keepReason keeps what a decision was made on apart from it; "" if there is nothing to keep.
func (p *People) keepReason(ctx context.Context, decision string, b contact.Basis) (string, error) {
	if b.Why == "" && len(b.Seen) == 0 {
		return "", nil
	}
	b.ID, b.At = p.db.Salt.ID(contact.EvidencePrefix, decision), store.Now()
	if err := p.db.Evidence.Insert(ctx, b); err != nil && !errors.Is(err, store.ErrExists) {
		return "", fmt.Errorf("keeping evidence: %w", err)
	}
	return b.ID, nil
}

func newDecisionID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("naming decision: %w", err)
	}
	return contact.DecisionPrefix + id.String(), nil
}

// Barred is the block that stands against contact points themselves, zero if none does. ByPerson says that there are blocks which only hold for people: then BarredPeople has to be asked as well. It is one read.
func (p *People) Barred(ctx context.Context, points []contact.ContactPoint) (block contact.Block, byPerson bool, err error) {
	mark := p.db.Salt.BlockID(contact.PeopleMark, "")
	ids := []string{mark}
	for _, point := range points {
		ids = append(ids, p.db.Salt.BlockID(contact.IdentityBlock, point.Of))
		if point.Scheme != contact.Mailto || point.Scope != "" { // what was typed into a form is not whose it is
			continue
		}
		for _, domain := range contact.Domains(point.Value) {
			ids = append(ids, p.db.Salt.BlockID(contact.DomainBlock, p.db.Salt.DomainID(domain)))
		}
	}
	found, err := p.db.Blocks.FindAll(ctx, ids...)
	if err != nil {
		return block, false, fmt.Errorf("reading blocks: %w", err)
	}
	_, byPerson = found[mark]
	return firstStanding(found, ids), byPerson, nil
}

// firstStanding is the first of some blocks that stands.
func firstStanding(found map[string]contact.Block, ids []string) contact.Block {
	now := store.Now()
	for _, id := range ids {
		if b := found[id]; b.Stands(now) {
			return b
		}
	}
	return contact.Block{}
}

// BarredPeople is the block that stands against the people of profiles, or against one of several who use a contact point; zero if none does.
func (p *People) BarredPeople(ctx context.Context, profiles, identities []string) (contact.Block, error) {
	var ids []string
	for _, identity := range identities {
		ids = append(ids, p.db.Salt.BlockID(contact.IdentityBlock, identity))
	}
	found, err := p.db.Blocks.FindAll(ctx, ids...)
	if err != nil {
		return contact.Block{}, fmt.Errorf("reading blocks: %w", err)
	}
	if b := firstStanding(found, ids); b.Version > 0 {
		return b, nil
	}
	for _, profile := range profiles {
		person, err := p.Person(ctx, profile)
		if contact.KindOf(err) == contact.NotFound { // its first contact is still on its way
			continue
		}
		if err != nil {
			return contact.Block{}, err
		}
		blocks, err := p.blocksOf(ctx, person)
		if err != nil || len(blocks) > 0 {
			return slices.Concat(blocks, []contact.Block{{}})[0], err
		}
	}
	return contact.Block{}, nil
}

// blocksOf are the blocks of a person's profiles that hold: those that stand and that no standing merge of theirs has lifted. So taking a merge back brings back what it lifted.
func (p *People) blocksOf(ctx context.Context, person Person) ([]contact.Block, error) {
	var ids, merges []string
	for _, m := range person.Profiles {
		ids = append(ids, p.db.Salt.BlockID(contact.ProfileBlock, m.ID))
		if m.MergedInto != "" {
			merges = append(merges, contact.TreeDecisionID(m.TreeSeq))
		}
	}
	found, err := p.db.Blocks.FindAll(ctx, ids...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	decided, err := p.db.Decisions.FindAll(ctx, merges...)
	if err != nil {
		return nil, err
	}
	lifted := map[string]bool{}
	for _, d := range decided {
		for _, id := range d.Lifts {
			lifted[id] = true
		}
	}
	var blocks []contact.Block
	now := store.Now()
	for _, id := range ids {
		if b := found[id]; b.Stands(now) && !lifted[b.DecisionID] {
			blocks = append(blocks, b)
		}
	}
	return blocks, nil
}

// BlocksOf are the blocks that hold for a person: of its profiles, and of its contact points.
func (p *People) BlocksOf(ctx context.Context, profile string) ([]contact.Block, error) {
	person, err := p.Person(ctx, profile)
	if err != nil {
		return nil, err
	}
	blocks, err := p.blocksOf(ctx, person)
	if err != nil {
		return nil, err
	}
	held, err := p.Identities(ctx, person.IDs()...)
	if err != nil {
		return nil, err
	}
	identities, err := p.identityBlocks(ctx, held)
	return append(blocks, identities...), err
}

// identityBlocks are the blocks of contact points that stand. One of a contact point itself holds for everybody who uses it.
func (p *People) identityBlocks(ctx context.Context, held []contact.Identity) ([]contact.Block, error) {
	var ids []string
	for _, i := range held {
		ids = append(ids, p.db.Salt.BlockID(contact.IdentityBlock, i.ID), p.db.Salt.BlockID(contact.IdentityBlock, i.Of))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := p.db.Blocks.FindAll(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var blocks []contact.Block
	now := store.Now()
	for _, id := range ids {
		if b := found[id]; b.Stands(now) {
			blocks = append(blocks, b)
		}
	}
	return blocks, nil
}
