package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/people"
)

// PersonConsent is whether a person wants to be written to.
type PersonConsent struct {
	Channels []ChannelConsent  `json:"channels" doc:"What holds on each channel: the most restrictive of the contact points, of all profiles that are the person."`
	Data     []IdentityConsent `json:"data" doc:"What each contact point has said."`
}

// ChannelConsent is what holds for a person on one channel.
type ChannelConsent struct {
	Channel string `json:"channel" example:"sms"`
	State   string `json:"state" enum:"opted_out,opted_in,unknown"`
}

// IdentityConsent is what one contact point has said on one channel, and by what.
type IdentityConsent struct {
	IdentityID    string     `json:"identity_id"`
	Channel       string     `json:"channel" example:"sms"`
	State         string     `json:"state" enum:"opted_out,opted_in,unknown"`
	Scope         string     `json:"scope,omitempty" example:"all"`
	How           string     `json:"how,omitempty" example:"keyword" doc:"keyword, complaint, a provider's own word, agent."`
	Keyword       string     `json:"keyword,omitempty" example:"STOP"`
	InteractionID string     `json:"interaction_id,omitempty"`
	Who           string     `json:"who,omitempty"`
	Why           string     `json:"why,omitempty"`
	At            *time.Time `json:"at,omitempty"`
}

func (s *Server) consentOperations() {
	huma.Register(s.api, endpoint{"get-consent", "GET", "/v1/profiles/{id}/consent", "Profiles", "Whether a person wants to be written to, by channel and contact point.", keys.ProfilesRead, []int{404}}.operation(), s.getConsent)
	huma.Register(s.api, endpoint{"set-consent", "POST", "/v1/profiles/{id}/consent", "Profiles", "Say what a contact point wants. It holds until the contact point itself says something else.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.setConsent)
}

func (s *Server) getConsent(ctx context.Context, in *byID) (*struct{ Body PersonConsent }, error) {
	all, channels, err := s.people.Consents(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := &struct{ Body PersonConsent }{PersonConsent{Channels: showChannels(channels)}}
	if out.Body.Data, err = s.showConsents(ctx, all); err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) setConsent(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		IdentityID string `json:"identity_id" minLength:"1" maxLength:"64" doc:"A contact point of the person."`
		Channel    string `json:"channel" minLength:"1" maxLength:"64" example:"sms" doc:"email, voice, sms, whatsapp, messenger, rcs, web_chat, or another that the contact point was seen on; in capitals or not."`
		State      string `json:"state" enum:"opted_out,opted_in,unknown" doc:"unknown: what was said before does not count."`
		Scope      string `json:"scope,omitempty" enum:"all,marketing"`
		Why        string `json:"why" minLength:"1" maxLength:"1000"`
	}
}) (*struct{ Body IdentityConsent }, error) {
	w := people.Word{Profile: in.ID, Identity: in.Body.IdentityID, Channel: contact.Channel(in.Body.Channel), State: contact.ConsentState(in.Body.State), Scope: in.Body.Scope, Who: who(ctx), Why: in.Body.Why}
	c, err := s.people.SetConsent(ctx, w)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("consent set", "identity_id", w.Identity, "who", w.Who)
	shown, err := s.showConsents(ctx, []people.Consent{c})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &struct{ Body IdentityConsent }{shown[0]}, nil
}

func showChannels(channels []people.ChannelConsent) []ChannelConsent {
	shown := []ChannelConsent{}
	for _, c := range channels {
		shown = append(shown, ChannelConsent{Channel: string(c.Channel), State: string(c.State)})
	}
	return shown
}

func (s *Server) showConsents(ctx context.Context, all []people.Consent) ([]IdentityConsent, error) {
	var reasons []string
	for _, c := range all {
		if c.By.EvidenceID != "" {
			reasons = append(reasons, c.By.EvidenceID)
		}
	}
	basis, err := s.DB.Evidence.FindAll(ctx, reasons...)
	if err != nil {
		return nil, err
	}
	shown := []IdentityConsent{}
	for _, c := range all {
		one := IdentityConsent{
			IdentityID: c.Identity.ID, Channel: string(c.Channel), State: string(c.State), Scope: c.By.Scope, How: c.By.How, Keyword: c.By.Keyword,
			InteractionID: c.By.Interaction, Who: c.By.Who, Why: basis[c.By.EvidenceID].Why,
		}
		if !c.By.At.IsZero() {
			one.At = &c.By.At
		}
		shown = append(shown, one)
	}
	return shown, nil
}
