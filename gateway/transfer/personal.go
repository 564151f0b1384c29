package transfer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// personal is an export of one person on its way. In memory are the person's contact points, a page of documents, and eight bytes of every line that was written.
type personal struct {
	*Transfer
	*lines

	members []string // profiles
	trace   ingest.Trace
	seed    maphash.Seed
	written map[uint64]struct{} // a document is found in several ways, and written once
}

// ExportPerson writes everything that is stored of one person (all that privacy.Treated calls personal), in the lines of Export. NotFound if there is no such profile.
func (t *Transfer) ExportPerson(ctx context.Context, w io.Writer, profile string) error {
	card, err := people.New(t.db).Card(ctx, profile)
	if err != nil {
		return err
	}
	shown := personLine(card)
	if shown.Organizations, err = t.belonging(ctx, shown.Members); err != nil {
		return err
	}
	p := &personal{Transfer: t, lines: newLines(w), members: shown.Members, trace: ingest.Trace{Profiles: shown.Members, Before: endOfTime}, seed: maphash.MakeSeed(), written: map[uint64]struct{}{}}
	if err := errors.Join(p.write(opening{Usher: Layout, Type: "export", At: store.Now()}), p.write(shown)); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{p.profiles, p.identities, p.said, p.blocks, p.interactions, p.unplaced, p.keptOut, p.rows, p.unrecorded} {
		if err := errors.Join(part(ctx), p.send()); err != nil {
			return fmt.Errorf("exporting person: %w", err)
		}
	}
	return p.close()
}

// endOfTime is later than anything that is stored.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// once reports whether it is asked for the first time about a document.
func (p *personal) once(kind, id string) bool {
	var h maphash.Hash
	h.SetSeed(p.seed)
	_, _ = h.WriteString(kind + "/" + id) // never fails
	if _, before := p.written[h.Sum64()]; before {
		return false
	}
	p.written[h.Sum64()] = struct{}{}
	return true
}

// found writes the documents of an index whose leading fields are equal, those that were not written before, and goes on with each.
func found[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, p *personal, kind string, c store.Collection[T, P], index, of string, then ...func(context.Context, T) error) error {
	return each(ctx, c, store.Range{Index: index, Equal: []any{of}}, func(doc T) error { return wrote(ctx, p, kind, doc, P(&doc).Base().ID, then...) })
}

// wrote writes a document that was not written before, and goes on with it.
func wrote[T any](ctx context.Context, p *personal, kind string, doc T, id string, then ...func(context.Context, T) error) error {
	if !p.once(kind, id) {
		return nil
	}
	if err := p.document(kind, doc); err != nil {
		return err
	}
	for _, next := range then {
		if err := next(ctx, doc); err != nil {
			return err
		}
	}
	return nil
}

// searched calls do for every document of a range that may be long and have little of the person.
func searched[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, p *personal, c store.Collection[T, P], r store.Range, do func(T) error) error {
	return each(ctx, c, r, func(doc T) error { return errors.Join(do(doc), p.stayOpen(p.pause)) })
}

// profiles writes the profiles with what hangs on them.
func (p *personal) profiles(ctx context.Context) error {
	docs, err := p.db.Profiles.FindAll(ctx, p.members...)
	if err != nil {
		return err
	}
	for _, id := range p.members {
		doc, there := docs[id]
		if !there {
			continue
		}
		noteNames(&p.trace, doc)
		if err := wrote(ctx, p, "profile", doc, id); err != nil {
			return err
		}
		err := errors.Join(
			found(ctx, p, "membership", p.db.Memberships, "profile", id),
			found(ctx, p, "claim_link", p.db.ClaimLinks, "profile", id),
			p.flags(ctx, "a", id),
			p.flags(ctx, "b", id),
			found(ctx, p, "not_same", p.db.NotSame, "a", id),
			found(ctx, p, "not_same", p.db.NotSame, "b", id),
			found(ctx, p, "decision", p.db.Decisions, "a", id, p.reason),
			found(ctx, p, "decision", p.db.Decisions, "b", id, p.reason),
			p.decided(ctx, id))
		if err != nil {
			return err
		}
	}
	return nil
}

func noteNames(t *ingest.Trace, doc contact.Profile) {
	t.Called = append(t.Called, doc.Name)
	for _, n := range doc.Names {
		t.Called = append(t.Called, n.Value)
	}
	t.Called = distinct(slices.Clone(t.Called))
}

// decided writes what was decided about something of the person, and what that was made on.
func (p *personal) decided(ctx context.Context, id string) error {
	return errors.Join(
		found(ctx, p, "decision", p.db.Decisions, "subject", id, p.reason),
		found(ctx, p, "decision", p.db.Decisions, "object", id, p.reason),
		p.reasons(ctx, "a", id),
		p.reasons(ctx, "b", id))
}

func (p *personal) reason(ctx context.Context, d contact.Decision) error {
	return p.evidence(ctx, d.EvidenceID)
}

// identities writes the person's contact points, and notes them: by them other things are recognised.
func (p *personal) identities(ctx context.Context) error {
	for _, id := range p.members {
		err := found(ctx, p, "identity", p.db.Identities, "profile", id, func(ctx context.Context, i contact.Identity) error {
			p.trace.Identities = append(p.trace.Identities, i.ID)
			p.trace.Points = append(p.trace.Points, i.Of)
			p.trace.Words = append(append(p.trace.Words, i.Value), i.Raw...)
			return p.decided(ctx, i.ID)
		})
		if err != nil {
			return err
		}
	}
	p.trace.Points, p.trace.Words = distinct(p.trace.Points), distinct(p.trace.Words)
	return nil
}

// said writes what the contact points have said about being written to. One that several people use speaks for each of them.
func (p *personal) said(ctx context.Context) error {
	for _, point := range p.trace.Points {
		err := found(ctx, p, "consent", p.db.Consents, "identity", point, func(ctx context.Context, c contact.Consents) error {
			var reasons []string
			for _, s := range c.Said {
				reasons = append(reasons, s.EvidenceID)
			}
			return p.evidence(ctx, reasons...)
		})
		if err == nil {
			err = found(ctx, p, "decision", p.db.Decisions, "subject", point, p.reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blocks writes the blocks of the profiles and the contact points, also those that were lifted. One of a domain is of nobody.
func (p *personal) blocks(ctx context.Context) error {
	var ids []string
	for _, profile := range p.members {
		ids = append(ids, p.db.Salt.BlockID(contact.ProfileBlock, profile))
	}
	for _, identity := range slices.Concat(p.trace.Identities, p.trace.Points) {
		ids = append(ids, p.db.Salt.BlockID(contact.IdentityBlock, identity))
	}
	for some := range slices.Chunk(ids, perPage) {
		docs, err := p.db.Blocks.FindAll(ctx, some...)
		if err != nil {
			return err
		}
		for id, b := range docs {
			err := wrote(ctx, p, "block", b, id, func(ctx context.Context, b contact.Block) error {
				return errors.Join(p.evidence(ctx, b.EvidenceID), p.decided(ctx, b.ID))
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// interactions writes those of the profiles with their files and deliveries.
func (p *personal) interactions(ctx context.Context) error {
	for _, id := range p.members {
		if err := found(ctx, p, "interaction", p.db.Interactions, "profile", id, p.traces); err != nil {
			return err
		}
	}
	return nil
}

// traces writes what hangs on an interaction: what was decided about whose it is, its files, and the deliveries that it was read from.
func (p *personal) traces(ctx context.Context, i contact.Interaction) error {
	if len(i.Moves) > 0 {
		if err := p.decided(ctx, i.ID); err != nil {
			return err
		}
	}
	var deliveries []string
	for _, e := range i.Events {
		deliveries = append(deliveries, e.Delivery)
		for _, part := range e.Inbound.Data.Content {
			if part.Media == nil {
				continue
			}
			if err := p.blob(ctx, part.Media.StoredRef); err != nil {
				return err
			}
		}
	}
	for _, id := range distinct(deliveries) {
		if err := p.deliveryOf(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// heldChunks are read at once: a chunk is a quarter of a MiB.
const heldChunks = 8

// blob writes a body or a file, in the pieces that it is stored in.
func (p *personal) blob(ctx context.Context, owner string) error {
	if owner == "" {
		return nil
	}
	return each(ctx, p.db.Blobs, store.Range{Index: "owner", Equal: []any{owner}, Limit: heldChunks}, func(c store.Chunk) error {
		return wrote(ctx, p, "blob", c, c.ID)
	})
}

// unplaced writes the interactions that are nobody's and came by the person's contact points, and of others that they may be the person's.
func (p *personal) unplaced(ctx context.Context) error {
	return searched(ctx, p, p.db.Interactions, store.Range{Index: "profile", Equal: []any{""}}, func(i contact.Interaction) error {
		theirs, err := p.theirs(ctx, i)
		if err != nil {
			return err
		}
		if theirs {
			return wrote(ctx, p, "interaction", i, i.ID, p.traces)
		}
		for _, c := range i.Candidates {
			if !slices.Contains(p.members, c.ProfileID) {
				continue
			}
			if err := p.document("candidate", candidacy{i.ID, c}); err != nil {
				return err
			}
		}
		return nil
	})
}

// theirs reports whether an interaction is the person's.
func (p *personal) theirs(ctx context.Context, i contact.Interaction) (bool, error) {
	if i.ProfileID != "" {
		return slices.Contains(p.members, i.ProfileID), nil
	}
	return p.ingest.Unplaced(ctx, i, p.trace)
}

// candidacy is that an interaction of nobody may be the person's.
type candidacy struct {
	InteractionID string            `json:"interaction_id"`
	Candidate     contact.Candidate `json:"candidate"`
}

// keptOut writes what was kept out that came by the person's contact points, also as a weaker one.
func (p *personal) keptOut(ctx context.Context) error {
	kept := func(q contact.Quarantine) error {
		theirs, err := p.ingest.KeptOut(ctx, q, p.trace)
		if err != nil || !theirs {
			return err
		}
		return wrote(ctx, p, "quarantine", q, q.ID, func(ctx context.Context, q contact.Quarantine) error {
			return errors.Join(p.evidence(ctx, q.EvidenceID), p.decided(ctx, q.ID), p.deliveryOf(ctx, q.Delivery))
		})
	}
	for _, point := range p.trace.Points {
		if err := each(ctx, p.db.Quarantine, store.Range{Index: "identity", Equal: []any{point}}, kept); err != nil {
			return err
		}
	}
	return searched(ctx, p, p.db.Quarantine, store.Range{Index: "weaker", Lower: int64(1)}, kept)
}
