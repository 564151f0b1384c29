package mapping

import (
	"strings"

	"usher/gateway/contact"
)

// The types of those lines of Usher's own exports that are imported: a person with all that its profiles know, and an organization with its domains. The others are their history, and what was decided.
const (
	PersonLine       = "person"
	OrganizationLine = "organization"
)

// History is why the other lines are nobody.
const History = "no_person"

// own reads a line of Usher's own export. Lists of objects come as name.N.member.
func (p *Person) own(fields []contact.Pair) {
	p.Own = true
	lists := map[string]map[string]string{} // by name.N
	var order []string
	for _, f := range fields {
		switch f.Name {
		case "type":
			p.Organization = f.Value == OrganizationLine
			if f.Value != PersonLine && !p.Organization {
				p.Nobody = History
			}
		case "id":
			p.ID = f.Value
		case "name":
			p.OrgName = f.Value
		case "note":
			p.Notes = append(p.Notes, f.Value)
		case "domains":
			p.Domains = append(p.Domains, f.Value)
		case "deleted_at":
			p.Nobody = "deleted"
		case "display_name":
			p.Name = f.Value
		case "names":
			p.Further = append(p.Further, f.Value)
		case "languages":
			p.Languages = append(p.Languages, f.Value)
		case "tags":
			p.Tags = append(p.Tags, f.Value)
		}
		at := strings.LastIndexByte(f.Name, '.')
		if at < 0 {
			continue
		}
		element, member := f.Name[:at], f.Name[at+1:]
		if lists[element] == nil {
			lists[element] = map[string]string{}
			order = append(order, element)
		}
		lists[element][member] = f.Value
	}
	for _, element := range order {
		p.element(element, lists[element])
	}
}

func (p *Person) element(name string, members map[string]string) {
	list, _, _ := strings.Cut(name, ".")
	switch list {
	case "identities":
		p.Points = append(p.Points, contact.Identifier{Scheme: contact.Scheme(members["scheme"]), Scope: members["scope"], Value: members["value"]})
	case "external_ids":
		p.External = append(p.External, contact.Identifier{Scheme: contact.External, Scope: members["name"], Value: members["value"]})
	case "organizations":
		p.Of = append(p.Of, Member{members["system"], members["id"], members["name"]})
	case "fields":
		p.Fields = append(p.Fields, contact.Pair{Name: members["name"], Value: members["value"]})
	case "evidence":
		p.Details = append(p.Details, contact.Evidence{Kind: members["kind"], Left: members["value"]})
	}
}
