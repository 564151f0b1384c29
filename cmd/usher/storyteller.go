package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"usher/adapters/email/imaptest"
	"usher/adapters/standard"
	"usher/adapters/twilio"
	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// storyteller posts the story as providers would, and counts the answers.
type storyteller struct {
	address         string
	secrets         demoSecrets
	mailbox         *imaptest.Server
	posted, refused int
}

func (s *storyteller) post(ctx context.Context, p storyPost) error {
	request, err := s.request(ctx, p)
	if err != nil {
		return fmt.Errorf("making webhook: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("posting webhook: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	s.posted++
	if response.StatusCode >= 400 {
		s.refused++
	}
	if (response.StatusCode >= 400) != p.forged {
		return fmt.Errorf("posting webhook: answered %d", response.StatusCode)
	}
	return err
}

func (s *storyteller) request(ctx context.Context, p storyPost) (*http.Request, error) {
	if p.event != nil {
		return s.event(ctx, p)
	}
	form := url.Values{"AccountSid": {benchAccount}}
	for i := 0; i+1 < len(p.form); i += 2 {
		form.Set(p.form[i], p.form[i+1])
	}
	address, secret := s.address+"/hooks/phone/"+p.purpose, s.secrets.twilio
	if p.forged {
		secret = "somebody else's"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", twilio.Sign([]byte(secret), address, form))
	return request, nil
}

func (s *storyteller) event(ctx context.Context, p storyPost) (*http.Request, error) {
	body, err := json.Marshal(p.event)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/hooks/chat", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if request.Header, err = standard.Sign(s.secrets.standard, p.id, time.Now(), body); err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// report prints every interaction with whose it is, then the people, then what was flagged.
func (s *storyteller) report(ctx context.Context, out io.Writer, g *gateway.Gateway) error {
	interactions, _, err := g.DB.Interactions.List(ctx, store.Range{Index: "occurred", Limit: store.MaxLimit})
	if err != nil {
		return err
	}
	p := people.New(g.DB)
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"channel", "contact", "events", "became", "why"})
	for _, i := range interactions {
		became, why, err := fate(ctx, p, i)
		if err != nil {
			return err
		}
		t.AppendRow(table.Row{i.Channel, labelOf(i), len(i.Events), became, why})
	}
	t.Render()
	if _, err := fmt.Fprintf(out, "%d webhooks posted, %d refused as forged, %d mails fetched, %d interactions: repeats and disorder fold into one.\n\n", s.posted, s.refused, len(storyMails), len(interactions)); err != nil {
		return err
	}
	return flags(ctx, out, g, p)
}

// labelOf is how people call an interaction: a mail by its subject, all else by the provider's key.
func labelOf(i contact.Interaction) string {
	if i.Channel == contact.Email {
		return i.View().Subject
	}
	return i.Key
}

// fate says whose an interaction is, and why nobody's.
func fate(ctx context.Context, p *people.People, i contact.Interaction) (became, why string, err error) {
	if i.ProfileID != "" {
		card, err := p.Card(ctx, i.ProfileID)
		return nameOf(card), string(i.Class), err
	}
	var candidates []string
	for _, c := range i.Candidates {
		card, err := p.Card(ctx, c.ProfileID)
		if err != nil {
			return "", "", err
		}
		candidates = append(candidates, nameOf(card))
	}
	why = string(i.Class)
	if len(candidates) > 0 {
		why = strings.ReplaceAll(i.Candidates[0].Reason, "_", " ") + ": " + strings.Join(candidates, " or ") + "?"
	}
	return "nobody's", why, nil
}

func nameOf(card people.Card) string {
	if card.Profile.Name != "" || len(card.Identities) == 0 {
		return card.Profile.Name
	}
	return card.Identities[0].Value
}

// flags prints the people and the pairs that may be one.
func flags(ctx context.Context, out io.Writer, g *gateway.Gateway, p *people.People) error {
	profiles, _, err := g.DB.Profiles.List(ctx, store.Range{Index: "created", Limit: store.MaxLimit})
	if err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"profile", "id", "contact points", "ask next", "may be the same as"})
	for _, profile := range profiles {
		card, err := p.Card(ctx, profile.ID)
		if err != nil {
			return err
		}
		var points []string
		for _, i := range card.Identities {
			points = append(points, string(i.Scheme)+" "+i.Value)
		}
		suspected, err := suspects(ctx, p, profile.ID)
		if err != nil {
			return err
		}
		t.AppendRow(table.Row{nameOf(card), profile.ID, strings.Join(points, "\n"), card.AskNext, suspected})
	}
	t.Render()
	return nil
}

// strongest is the evidence that says most for one person.
func strongest(all []contact.Evidence) contact.Evidence {
	return slices.MaxFunc(all, func(a, b contact.Evidence) int { return cmp.Compare(a.WeightBits, b.WeightBits) })
}

// suspects names the other sides of a profile's open flags, and why.
func suspects(ctx context.Context, p *people.People, id string) (string, error) {
	duplicates, err := p.Duplicates(ctx, id)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, d := range duplicates {
		other := d.A
		if other == id {
			other = d.B
		}
		card, err := p.Card(ctx, other)
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("%s (%.0f %%): %s", nameOf(card), 100*d.Probability, strings.ReplaceAll(strongest(d.Evidence).Kind, "_", " ")))
	}
	return strings.Join(lines, "\n"), nil
}
