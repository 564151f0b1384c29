package people

import (
	"context"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// tail is the decision with the highest number, which decides what the next one is; zero while there is none.
func (p *People) tail(ctx context.Context) (contact.Decision, error) {
	return p.oneDecision(ctx, store.Range{Index: "n", Lower: int64(1), Descending: true, Limit: 1})
}

// byOperation finds what an operation has decided; zero if it has not.
func (p *People) byOperation(ctx context.Context, op string) (contact.Decision, error) {
	return p.oneDecision(ctx, store.Range{Index: "op", Equal: []any{op}, Limit: 1})
}

func (p *People) oneDecision(ctx context.Context, r store.Range) (contact.Decision, error) {
	found, _, err := p.db.Decisions.List(ctx, r)
	if err != nil || len(found) == 0 {
		return contact.Decision{}, err
	}
	return found[0], nil
}

// History are the decisions about the profiles of a person, as it stands now: what was merged, taken apart and told apart, oldest first.
func (p *People) History(ctx context.Context, person Person) ([]contact.Decision, error) {
	seen := map[int64]contact.Decision{}
	for _, id := range person.IDs() {
		for _, side := range []string{"a", "b"} {
			found, _, err := p.db.Decisions.List(ctx, store.Range{Index: side, Equal: []any{id}, Descending: true, Limit: maxHistory})
			if err != nil {
				return nil, err
			}
			for _, d := range found {
				seen[d.N] = d
			}
		}
	}
	return byNumber(seen), nil
}

// maxHistory bounds what is read of one profile's decisions: the latest.
const maxHistory = 200
