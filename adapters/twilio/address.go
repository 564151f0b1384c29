package twilio

import (
	"cmp"
	"strings"

	"usher/gateway/contact"
)

// channelOf tells the channel by the address's scheme: a bare number is SMS.
func channelOf(address string) contact.Channel {
	switch scheme, _, found := strings.Cut(address, ":"); {
	case !found:
		return contact.SMS
	case scheme == "whatsapp":
		return contact.WhatsApp
	case scheme == "messenger":
		return contact.Messenger
	case scheme == "rcs":
		return contact.RCS
	default:
		return contact.Channel(scheme)
	}
}

// identifier reads an address: a number, or scheme:rest. Business is the other side, which some ids are scoped by; account is ours.
func identifier(address, business, account string) (contact.Identifier, bool) {
	scheme, rest, found := strings.Cut(address, ":")
	if !found {
		scheme, rest = "tel", address
	}
	id := contact.Identifier{Value: rest, Raw: address}
	switch scheme {
	case "tel":
		id.Scheme = contact.Tel
	case "whatsapp":
		id = whatsApp(rest, account)
		id.Raw = address
	case "messenger":
		id.Scheme, id.Scope = contact.PSID, afterScheme(business)
	case "rcs":
		id.Scheme = contact.Tel
		if !strings.HasPrefix(rest, "+") {
			id.Scheme, id.Scope = contact.RCSUser, afterScheme(business)
		}
	case "sip", "sips":
		id.Scheme, id.Value = contact.SIP, address
	case "client":
		id.Scheme, id.Scope = contact.Client, account
	default:
		id.Scheme, id.Scope = contact.Scheme(scheme), account
	}
	return id, id.Value != ""
}

// whatsApp reads a WhatsApp address: a number, or a business-scoped user id such as US.13491208655302741918 of somebody who shows none. Twilio does not say which portfolio scopes it; the account stands for it.
// https://www.twilio.com/en-us/changelog/whatsapp-bsuid-format-in-conversations-and-webhook-fields
func whatsApp(rest, account string) contact.Identifier {
	if isBSUID(rest) {
		return contact.Identifier{Scheme: contact.BSUID, Value: rest, Scope: account}
	}
	return contact.Identifier{Scheme: contact.Tel, Value: "+" + strings.TrimPrefix(rest, "+")}
}

// isBSUID reports whether a WhatsApp id is two capitals, a dot and more.
func isBSUID(id string) bool {
	return len(id) > 3 && id[2] == '.' && id[0] >= 'A' && id[0] <= 'Z' && id[1] >= 'A' && id[1] <= 'Z'
}

func afterScheme(address string) string {
	if _, rest, found := strings.Cut(address, ":"); found {
		return rest
	}
	return address
}

// party is one side of a call or message. A withheld number comes as a stand-in, which ingest knows for every adapter.
func party(role contact.Role, address, business, account string) contact.Party {
	if role == contact.Business {
		business = "" // a page or an agent is the scope of others' ids, and is in none
	}
	p := contact.Party{Role: role}
	if id, ok := identifier(address, business, account); ok {
		id.Primary = true
		p.Identifiers = []contact.Identifier{id}
	}
	return p
}

// addBSUID adds the id that WhatsApp gives beside, or in the place of, a number. Twilio's changelog and its requests name the field differently.
func addBSUID(p *contact.Party, f *fields, account string) {
	for _, id := range []string{f.get("ExternalUserId", "ExternalUserIdentifier")} {
		id = afterScheme(id)
		if isBSUID(id) && (len(p.Identifiers) == 0 || p.Identifiers[0].Value != id) {
			p.Identifiers = append(p.Identifiers, contact.Identifier{Scheme: contact.BSUID, Value: id, Raw: id, Scope: account})
		}
	}
	if number := f.get("WaId"); number != "" && !isBSUID(number) && !has(p.Identifiers, contact.Tel) {
		p.Identifiers = append(p.Identifiers, contact.Identifier{Scheme: contact.Tel, Value: "+" + strings.TrimPrefix(number, "+"), Raw: number})
	}
}

func has(identifiers []contact.Identifier, scheme contact.Scheme) bool {
	for _, id := range identifiers {
		if id.Scheme == scheme {
			return true
		}
	}
	return false
}

// assured marks the identifiers of a party with what the network says of them.
func assured(p contact.Party, a contact.Assurance) contact.Party {
	for i := range p.Identifiers {
		p.Identifiers[i].Assurance = cmp.Or(a, contact.None)
	}
	return p
}
