package ingest

import (
	"slices"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// maxAhead is how far ahead of ours a sender's clock may be. What is said to happen later than that is not believed, as far as order goes.
const maxAhead = 24 * time.Hour

// complete fills in what an adapter leaves to the gateway, by the delivery alone, so that a second run makes the same event.
func complete(in contact.Inbound, d contact.Delivery, salt contact.Salt, region string) contact.Inbound {
	in.SpecVersion = "1.0"
	in.Source = "/sources/" + d.Source
	in.Data.Times.ReceivedAt = d.ReceivedAt
	if in.Data.Times.OccurredAt.IsZero() {
		in.Data.Times.OccurredAt, in.Data.Times.OccurredAtSource = in.Time, "provider"
	}
	if in.Data.Times.OccurredAt.IsZero() {
		in.Data.Times.OccurredAt, in.Data.Times.OccurredAtSource = d.ReceivedAt, "received"
	}
	in.Data.Times.OccurredAt = contact.Instant(in.Data.Times.OccurredAt)
	in.Time = in.Data.Times.OccurredAt
	if in.Time.Sub(d.ReceivedAt) > maxAhead { // it would stay the newest of every list; Time keeps what was said
		in.Data.Times.OccurredAt, in.Data.Times.OccurredAtSource = contact.Instant(d.ReceivedAt), "received"
		in.Data.Warnings = append(slices.Clone(in.Data.Warnings), "time_in_future")
	}
	if in.Data.Dedupe.Key == "" {
		in.Data.Dedupe.Key = in.EventKey()
	}
	if in.Data.Dedupe.Key == "" {
		in.Data.Dedupe.Key = d.Key
	}
	in.ID = salt.ID("evt_", d.Source, in.Data.Dedupe.Key)
	in.Data.Raw = &contact.Raw{RequestID: d.ID, ContentType: d.ContentType, SHA256: d.SHA256}
	in.Data.Auth = d.Auth
	called := firstNumber(in.Data.To)
	in.Data.Extensions = append(in.Data.Extensions, unreadable(in.Data.From, region, called)...)
	in.Data.From = normalParty(in.Data.From, region, called)
	for _, parties := range [][]contact.Party{in.Data.To, in.Data.CC} {
		for i := range parties {
			parties[i] = normalParty(parties[i], region, "")
		}
	}
	if change := in.Data.IdentityChange; change != nil {
		change.Old, change.New = normalIdentifiers(change.Old, region, ""), normalIdentifiers(change.New, region, "")
	}
	return in
}

// firstNumber is the number that was called or written to: it lends its area code to a caller's local number.
func firstNumber(to []contact.Party) string {
	for _, party := range to {
		for _, id := range party.Identifiers {
			if id.Scheme == contact.Tel {
				return id.Value
			}
		}
	}
	return ""
}

// normalParty brings a party's identifiers to their normal form, and its name to one that can be read. A stand-in for a withheld number makes the party withheld and is no identifier.
func normalParty(p contact.Party, region, called string) contact.Party {
	for _, id := range p.Identifiers {
		if reason, withheld := normal.WithheldReason(id.Value); withheld && (id.Scheme == contact.Tel || id.Scheme == contact.SIP) {
			p.Withheld, p.WithheldReason = true, reason
		}
	}
	p.DisplayName = contact.CleanLine(p.DisplayName)
	p.Identifiers = normalIdentifiers(p.Identifiers, region, called)
	return p
}

// normalIdentifiers keeps those that have a normal form, with what was sent as the raw spelling.
func normalIdentifiers(all []contact.Identifier, region, called string) []contact.Identifier {
	var kept []contact.Identifier
	for _, id := range all {
		if id.Raw == "" {
			id.Raw = id.Value
		}
		if normalised, ok := normalIdentifier(id, region, called); ok {
			kept = append(kept, normalised)
		}
	}
	return kept
}

// unreadable are the sender's contact points that have no normal form: kept as they were written, for people to read.
func unreadable(p contact.Party, region, called string) []contact.Pair {
	var kept []contact.Pair
	for _, id := range p.Identifiers {
		_, withheld := normal.WithheldReason(id.Value)
		if _, ok := normalIdentifier(id, region, called); !ok && !withheld && id.Value != "" {
			kept = append(kept, contact.Pair{Name: "unreadable." + string(id.Scheme), Value: strings.ToValidUTF8(id.Value[:min(len(id.Value), maxIdentifier)], "")})
		}
	}
	return kept
}

// maxIdentifier bounds an identifier of any scheme, in bytes.
const maxIdentifier = 512

func normalIdentifier(id contact.Identifier, region, called string) (contact.Identifier, bool) {
	if id.Value == "" || len(id.Value) > maxIdentifier {
		return id, false
	}
	var ok bool
	switch id.Scheme {
	case contact.Tel:
		id.Value, ok = normal.PhoneNear(id.Value, region, called)
	case contact.Mailto:
		id.Value, ok = normal.Email(id.Value)
	case contact.SIP:
		id, ok = normalSIP(id)
	default:
		id.Value = strings.TrimSpace(id.Value)
		ok = id.Scheme != "" && id.Value != ""
	}
	return id, ok
}

// normalSIP is a SIP address in lower case; one whose user is an E.164 number is that telephone number (RFC 3261 section 19.1.6).
func normalSIP(id contact.Identifier) (contact.Identifier, bool) {
	address := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(id.Value), "sip:"), "sips:")
	address, _, _ = strings.Cut(address, ";")
	user, host, found := strings.Cut(address, "@")
	if strings.HasPrefix(user, "+") {
		if number, ok := normal.Phone(user, ""); ok {
			id.Scheme, id.Value = contact.Tel, number
			return id, true
		}
	}
	id.Value = user + "@" + strings.ToLower(host)
	_, withheld := normal.WithheldReason(address)
	return id, found && user != "" && host != "" && !withheld
}
