package mapping

import (
	"slices"
	"strings"

	"usher/gateway/contact"
)

// lists are the lists of objects in which the agents' API tells of a person, as rows names their members: name.N.member.
var lists = []string{"identifiers", "identities", "fields", "external_ids", "names"}

// inList parts the name of a member of an object in such a list; ok is false for any other.
func inList(column string) (element, member string, ok bool) {
	at := strings.LastIndexByte(column, '.')
	if at < 0 {
		return "", "", false
	}
	element, member = column[:at], column[at+1:]
	list, n, found := strings.Cut(element, ".")
	return element, member, found && slices.Contains(lists, list) && n != "" && strings.Trim(n, "0123456789") == ""
}

// shaped is what a member of such an object holds: a name, a custom field, a contact point or an id.
func shaped(column string) (Meaning, bool) {
	element, member, ok := inList(column)
	switch list, _, _ := strings.Cut(element, "."); {
	case !ok:
		return "", false
	case !slices.Contains([]string{"scheme", "scope", "name", "value"}, member):
		return Ignore, true
	case list == "names" && member == "value":
		return Further, true
	case list == "names":
		return Ignore, true
	case list == "fields":
		return Custom, true
	}
	return Point, true
}

// objects takes the objects of such lists, each of whose members came by itself.
func (p *Person) objects(m Mapping, fields []contact.Pair) {
	members := map[string]map[string]string{} // by name.N
	var order []string
	for _, f := range fields {
		element, member, ok := inList(f.Name)
		if meaning := m.Of(f.Name); !ok || meaning != Point && meaning != Custom && meaning != Ignore { // a name, or what somebody says
			continue
		}
		if members[element] == nil {
			members[element] = map[string]string{}
			order = append(order, element)
		}
		members[element][member] = f.Value
	}
	for _, element := range order {
		p.object(element, members[element])
	}
}

// object takes one. What a contact point is only said to be, by whom does not have it, is none.
func (p *Person) object(element string, members map[string]string) {
	list, _, _ := strings.Cut(element, ".")
	switch {
	case members["value"] == "", !contact.Provenance(members["provenance"]).Identifies():
	case list == "fields":
		p.special(fieldPrefix+fieldName(members["name"]), members["value"])
	case list == "external_ids":
		p.External = append(p.External, contact.Identifier{Scheme: contact.External, Scope: members["name"], Value: members["value"]})
	case members["scheme"] == "": // it is another program's list
		p.special(fieldPrefix+list, members["value"])
	default:
		p.Points = append(p.Points, contact.Identifier{Scheme: contact.Scheme(members["scheme"]), Scope: members["scope"], Value: members["value"]})
	}
}
