// Package claims makes and redeems links by which people prove contact points that they, or agents for them, only claim: whoever can follow a link that was sent to an address has the address. It sends nothing itself.
package claims

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// byLink is who verified a contact point whose link was followed.
const byLink = "link"

// ErrGone says that a link leads nowhere: there is none, it was followed or is too old, its person was erased, or the contact point has become somebody else's or nobody's since. Which of these, nobody is told.
var ErrGone = errors.New("the link is not valid")

// Claims makes and redeems links in one store.
type Claims struct {
	db     *store.DB
	people *people.People
	ingest *ingest.Ingest
}

// New makes a Claims.
func New(db *store.DB, people *people.People, ingest *ingest.Ingest) *Claims {
	return &Claims{db: db, people: people, ingest: ingest}
}

// Wish is a link that an agent wants made.
type Wish struct {
	Profile    string // any of the person's
	Identifier contact.Identifier
	Region     string        // for national number formats
	For        time.Duration // how long it is good
	Who        string
}

// Make makes a link for a contact point that a person claims to have or has; the token is not to be had again. Nothing is said yet about whose the contact point is.
// Errors: NotFound if there is no such person, Invalid for what is no contact point, or is ours.
func (c *Claims) Make(ctx context.Context, w Wish) (token string, link store.ClaimLink, err error) {
	person, err := c.people.Person(ctx, w.Profile)
	if err != nil {
		return "", link, err
	}
	id, err := c.ingest.Claimable(w.Identifier, w.Region)
	if err != nil {
		return "", link, err
	}
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", link, fmt.Errorf("making link: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(random)
	now := store.Now()
	link = store.ClaimLink{ProfileID: person.Root().ID, Scheme: id.Scheme, Value: id.Value, Who: w.Who, CreatedAt: now, ExpiresAt: contact.Instant(now.Add(w.For))}
	link.ID = idOf(token)
	if err := c.db.ClaimLinks.Insert(ctx, link); err != nil {
		return "", link, err
	}
	// A link whose making is not listed was told to nobody.
	return token, link, c.db.Conclude(ctx, &contact.Pending{Decision: contact.Decision{
		Document: contact.Document{ID: c.db.Salt.ID(contact.DecisionPrefix, link.ID)}, Op: c.operation(link), Kind: contact.LinkMade, Subject: link.ProfileID, Who: w.Who, At: now,
	}})
}

// idOf is the id of the link of a token: it is found by the token's SHA-256, so that no comparison's time tells how much of a guess was right.
func idOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return contact.ClaimLinkPrefix + hex.EncodeToString(sum[:])
}

// operation names what following a link does, so that a repeat is the same.
func (c *Claims) operation(link store.ClaimLink) string {
	return c.db.Salt.ID(contact.OperationPrefix, link.ID)
}

// maxToken bounds what is looked up.
const maxToken = 100

// Find reads the link of a token, ErrGone if it leads nowhere as far as the link itself can tell. It changes nothing: mail servers follow every link of a mail to see where it leads.
func (c *Claims) Find(ctx context.Context, token string) (store.ClaimLink, error) {
	if token == "" || len(token) > maxToken {
		return store.ClaimLink{}, ErrGone
	}
	link, err := c.db.ClaimLinks.Find(ctx, idOf(token))
	if errors.Is(err, store.ErrNotFound) || err == nil && !link.ExpiresAt.After(store.Now()) {
		return link, ErrGone
	}
	return link, err
}

// Redeem verifies the contact point of a link for its person, who by then may be one with others. A contact point that nobody has becomes theirs; one that another person has stays there, and the two are flagged.
// Any process may stop between any two steps: the link is good until the last, and what was done is not done again.
func (c *Claims) Redeem(ctx context.Context, token string) error {
	link, err := c.Find(ctx, token)
	if err != nil {
		return err
	}
	done, err := c.redeemed(ctx, link)
	if err == nil && !done {
		err = refused(c.verify(ctx, link))
	}
	if err != nil {
		return err
	}
	if err := c.db.ClaimLinks.Delete(ctx, link); err != nil && !errors.Is(err, store.ErrStale) {
		return err
	}
	return nil
}

// redeemed reports whether a link was followed by somebody who stopped before it was deleted: what an agent has decided since then stands.
func (c *Claims) redeemed(ctx context.Context, link store.ClaimLink) (bool, error) {
	made, _, err := c.db.Decisions.List(ctx, store.Range{Index: "op", Equal: []any{c.operation(link)}, Limit: store.MaxLimit})
	return slices.ContainsFunc(made, func(d contact.Decision) bool { return d.Kind == contact.Verified }), err
}

func (c *Claims) verify(ctx context.Context, link store.ClaimLink) error {
	person, err := c.people.Person(ctx, link.ProfileID)
	if err != nil {
		return err
	}
	i, err := c.ingest.Hold(ctx, ingest.Holding{
		Op: c.operation(link), Profile: person.Root().ID, Person: person.IDs(), Identifier: contact.Identifier{Scheme: link.Scheme, Value: link.Value}, Since: link.CreatedAt, Who: link.Who,
	})
	if err != nil {
		return err
	}
	yes := true
	_, err = c.people.Mark(ctx, people.Edit{Profile: link.ProfileID, Op: c.operation(link), Who: byLink}, i.ID, people.Mark{Verified: &yes})
	return err
}

// refused makes ErrGone of every refusal but that others are at it.
func refused(err error) error {
	var refusal *contact.Error
	if errors.Is(err, ingest.ErrTakenBack) || errors.As(err, &refusal) && refusal.Code != "busy" && refusal.Kind != contact.Unavailable && refusal.Kind != contact.Internal {
		return ErrGone
	}
	return err
}
