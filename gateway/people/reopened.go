package people

import (
	"context"
	"errors"
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// What opens a dismissed flag again: a probability that reviewers nearly always agree with, and one thing that was not there when the people were told apart and is strong alone. A name is not: namesakes were told apart by people who knew.
const (
	reopenFrom = 0.9
	strongBits = 8
)

var strongKinds = []string{"email_", "phone_", "handle_", "reference_", "identities_in_one_contact"}

// Fresh is the strong evidence of a flag that was not there when its people were told apart: nil where it is not told apart, or nothing is new.
func (t *Trees) Fresh(ctx context.Context, d contact.Duplicate) ([]contact.Evidence, error) {
	if d.Probability < reopenFrom || !slices.ContainsFunc(d.Evidence, strong) {
		return nil, nil
	}
	a, err := t.Person(ctx, d.A)
	if err != nil {
		return nil, err
	}
	b, err := t.Person(ctx, d.B)
	if err != nil || a.Root().ID == b.Root().ID {
		return nil, err
	}
	apart, err := t.toldApart(ctx, a, b)
	if err != nil || apart == nil {
		return nil, err
	}
	return t.people.freshSince(ctx, d, *apart)
}

// freshSince is what of a flag's strong evidence a decision did not see. A decision that saw none, because there was no flag or it was erased, cannot be outweighed: nobody could say what is new.
func (p *People) freshSince(ctx context.Context, d contact.Duplicate, apart contact.NotSame) ([]contact.Evidence, error) {
	decision, basis, err := p.Decision(ctx, contact.TreeDecisionID(apart.Seq))
	if errors.Is(err, store.ErrNotFound) || err == nil && (len(basis.Seen) == 0 || !d.UpdatedAt.After(decision.At)) {
		return nil, nil
	}
	var fresh []contact.Evidence
	for _, e := range d.Evidence {
		if strong(e) && !slices.ContainsFunc(basis.Seen, func(seen contact.Evidence) bool { return sameValues(seen, e) }) {
			fresh = append(fresh, e)
		}
	}
	return fresh, err
}

func strong(e contact.Evidence) bool {
	return (e.WeightBits >= strongBits || e.WeightBits == 0 && e.Kind == "identities_in_one_contact") && slices.ContainsFunc(strongKinds, func(kind string) bool { return strings.HasPrefix(e.Kind, kind) })
}

// sameValues is about the same values, whichever side they stand on and however much they weigh by now.
func sameValues(a, b contact.Evidence) bool {
	return a.Kind == b.Kind && (a.Left == b.Left && a.Right == b.Right || a.Left == b.Right && a.Right == b.Left)
}

// Outweigh takes back what tells the people of a flag apart if new evidence has opened it again: whoever decides about the flag now has seen that, and decides anew.
func (p *People) Outweigh(ctx context.Context, w Wish, d contact.Duplicate) error {
	var fresh []contact.Evidence
	err := p.Trees(ctx, func(t *Trees) (err error) {
		fresh, err = t.Fresh(ctx, d)
		return err
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	w.Seen = fresh
	return p.takeBack(ctx, w, d)
}
