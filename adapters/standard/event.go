package standard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"usher/gateway/contact"
)

// payload is contact.Inbound, but for extensions, which may also be an object as in any CloudEvent.
type payload struct {
	contact.Inbound
	Data struct {
		contact.Data
		Extensions json.RawMessage `json:"extensions"`
	} `json:"data"`
}

// event reads one event. Without an id, fallback is its key.
func (a *Adapter) event(text json.RawMessage, d contact.Delivery, fallback string) (contact.Inbound, error) {
	if len(text) > maxEvent {
		return contact.Inbound{}, fmt.Errorf("more than %d bytes", maxEvent)
	}
	var p payload
	if err := json.Unmarshal(text, &p); err != nil {
		return contact.Inbound{}, describe(err)
	}
	in := p.Inbound
	in.Data = p.Data.Data
	extensions, err := readExtensions(p.Data.Extensions)
	if err != nil {
		return contact.Inbound{}, err
	}
	in.Data.Extensions = append(extensions, unknownFields(text)...)
	if err := check(in); err != nil {
		return contact.Inbound{}, err
	}
	a.complete(&in, d, fallback)
	return in, nil
}

// check refuses what would mislead rather than inform.
func check(in contact.Inbound) error {
	if in.Type == "" {
		return misplaced("type", "missing")
	}
	if in.SpecVersion != "" && in.SpecVersion != "1.0" {
		return misplaced("specversion", "want 1.0")
	}
	if longest(in) > maxKey {
		return fmt.Errorf("an id or the type: more than %d bytes", maxKey)
	}
	if len(in.Data.Content) > maxParts {
		return misplaced("data.content", fmt.Sprintf("more than %d parts", maxParts))
	}
	if len(in.Data.Extensions) > maxUnknown {
		return misplaced("data.extensions", fmt.Sprintf("more than %d, unknown fields among them", maxUnknown))
	}
	return checkParties(in.Data)
}

// longest is the length of the longest text that becomes part of a key.
func longest(in contact.Inbound) int {
	return max(len(in.ID), len(in.Type), len(in.InteractionKey()), len(in.Data.Dedupe.Key), len(in.Data.Dedupe.ProviderEventID))
}

func checkParties(data contact.Data) error {
	for _, list := range []struct {
		at      string
		parties []contact.Party
	}{{"data.from", []contact.Party{data.From}}, {"data.to", data.To}, {"data.cc", data.CC}} {
		if len(list.parties) > maxParties {
			return misplaced(list.at, fmt.Sprintf("more than %d parties", maxParties))
		}
		for _, p := range list.parties {
			if len(p.Identifiers) > maxIdentifiers {
				return misplaced(list.at, fmt.Sprintf("more than %d identifiers for one party", maxIdentifiers))
			}
		}
	}
	return nil
}

// complete fills in what the sender left out, and takes back what only the gateway may say.
func (a *Adapter) complete(in *contact.Inbound, d contact.Delivery, fallback string) {
	data := &in.Data
	data.Dedupe.ProviderEventID = cmp.Or(data.Dedupe.ProviderEventID, in.ID)
	data.Dedupe.Key = cmp.Or(data.Dedupe.Key, data.Dedupe.ProviderEventID, fallback)
	in.ID = ""
	data.Raw, data.Auth, data.Times.ReceivedAt = nil, nil, d.ReceivedAt
	if in.Source != "" {
		data.Extensions = append(data.Extensions, contact.Pair{Name: "/source", Value: in.Source})
		in.Source = ""
	}
	data.Channel = cmp.Or(data.Channel, contact.Channel(a.config.Channel))
	data.Direction = cmp.Or(data.Direction, contact.FromCustomer)
	data.Provider.Name = cmp.Or(data.Provider.Name, "standard")
	if in.Time.IsZero() && data.Times.OccurredAt.IsZero() && d.Auth != nil && !d.Auth.SignedAt.IsZero() {
		data.Times.OccurredAt, data.Times.OccurredAtSource = d.Auth.SignedAt, "signed_header"
	}
	a.bound(data, d.Source)
}

// bound limits what identifiers may claim.
func (a *Adapter) bound(data *contact.Data, source string) {
	for _, p := range slices.Concat([]contact.Party{data.From}, data.To, data.CC) {
		a.boundIdentifiers(p.Identifiers, source)
	}
	if change := data.IdentityChange; change != nil {
		a.boundIdentifiers(change.Old, source)
		a.boundIdentifiers(change.New, source)
	}
}

// worldwide are the schemes whose values mean the same person whoever says them.
var worldwide = []contact.Scheme{contact.Tel, contact.Mailto, contact.SIP, contact.BSUID, contact.BSUIDParent, contact.Telegram, contact.Discord, contact.Matrix}

func (a *Adapter) boundIdentifiers(ids []contact.Identifier, source string) {
	for i := range ids {
		id := &ids[i]
		if id.Assurance == contact.Pass && !a.config.AllowPass {
			id.Assurance = contact.None
		}
		if id.Scope == "" && !slices.Contains(worldwide, id.Scheme) { // number 7 of two systems is two people
			id.Scope = source
		}
	}
}

// fieldName takes the embedded structs out of a path of encoding/json's.
func fieldName(path string) string {
	parts := slices.DeleteFunc(strings.Split(path, "."), func(s string) bool { return s == "Inbound" || s == "Data" })
	return cmp.Or(strings.Join(parts, "."), "event")
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
