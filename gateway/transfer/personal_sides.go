package transfer

import (
	"context"
	"errors"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// otherSide is why values that were compared are not given.
const otherSide = "values of the other profile"

// flags writes the flagged pairs that a profile is a side of, and what was seen of each when something was decided, also of people that the profile is no part of any more.
func (p *personal) flags(ctx context.Context, side, profile string) error {
	return each(ctx, p.db.Duplicates, store.Range{Index: side, Equal: []any{profile}}, func(d contact.Duplicate) error {
		if !p.once("duplicate", d.ID) {
			return nil
		}
		return errors.Join(p.write(p.flag(d)), p.reasons(ctx, "flag", d.ID))
	})
}

// flag is the line of a flagged pair. The keys that were ignored are those of the side that was looked at, and nobody knows which that was.
func (p *personal) flag(d contact.Duplicate) line {
	own, whole := p.ownSide(d, d.Evidence)
	if !p.member(d.A) || !p.member(d.B) {
		whole = whole && len(d.Ignored) == 0
		d.Ignored = nil
	}
	d.Evidence = own
	return beside("duplicate", d, whole)
}

// ownSide is what was compared for a flag without the values of a profile that is not the person's, and whether that is all.
func (p *personal) ownSide(d contact.Duplicate, all []contact.Evidence) (own []contact.Evidence, whole bool) {
	own = slices.Clone(all)
	for i := range own {
		if !p.member(d.A) {
			own[i].Left = ""
		}
		if !p.member(d.B) {
			own[i].Right = ""
		}
	}
	return own, slices.EqualFunc(own, all, contact.Evidence.SameValues)
}

// beside is the line of a document about two people, of which what is the other one's was taken out.
func beside(kind string, doc any, whole bool) line {
	shown := line{Usher: Layout, Type: kind, Document: doc}
	if !whole {
		shown.LeftOut = otherSide
	}
	return shown
}

// reasons writes what was seen and said when something was decided, of an index: by one of the two that it was decided about, or by their flag.
func (p *personal) reasons(ctx context.Context, index, id string) error {
	return each(ctx, p.db.Evidence, store.Range{Index: index, Equal: []any{id}}, func(b contact.Basis) error { return p.basis(ctx, b) })
}

// evidence writes what was seen and said, as far as it is kept.
func (p *personal) evidence(ctx context.Context, ids ...string) error {
	docs, err := p.db.Evidence.FindAll(ctx, slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" })...)
	if err != nil {
		return err
	}
	for _, b := range docs {
		if err := p.basis(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// basis writes what a decision was made on. What was seen of two profiles are the values of their flag.
func (p *personal) basis(ctx context.Context, b contact.Basis) error {
	if !p.once("evidence", b.ID) {
		return nil
	}
	if b.B == "" || len(b.Seen) == 0 {
		return p.document("evidence", b)
	}
	flags, err := p.db.Duplicates.FindAll(ctx, b.Flag)
	if err != nil {
		return err
	}
	own, whole := p.ownSide(flags[b.Flag], b.Seen) // of neither, if the flag is gone
	b.Seen = own
	return p.write(beside("evidence", b, whole))
}
