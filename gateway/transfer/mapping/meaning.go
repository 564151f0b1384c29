package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// Meaning is what a column holds: one of the words below; "external_id:SYSTEM", an id in that system; "field:NAME", a custom field.
type Meaning string

// The meanings.
const (
	Name         Meaning = "name"
	Given        Meaning = "given_name"
	Middle       Meaning = "middle_name"
	Family       Meaning = "family_name"
	Further      Meaning = "further_name"
	Email        Meaning = "email"
	Phone        Meaning = "phone"
	ExternalID   Meaning = "external_id"
	Organization Meaning = "organization" // whom a person works for; of an organization its name
	OrgID        Meaning = "organization_id"
	Domain       Meaning = "domain" // of an organization's mail
	Tag          Meaning = "tag"
	Note         Meaning = "note"
	Language     Meaning = "language"
	Street       Meaning = "street"
	City         Meaning = "city"
	Postcode     Meaning = "postcode"
	Region       Meaning = "region"
	Country      Meaning = "country"
	BirthDate    Meaning = "birth_date"
	Kind         Meaning = "kind"   // of a vCard: a group is nobody
	Role         Meaning = "role"   // in a helpdesk: an agent is no customer
	Active       Meaning = "active" // false: deleted there
	Ignore       Meaning = "ignore"

	// Of members of objects in lists, which nobody says of a column.
	Point  Meaning = "contact_point"
	Custom Meaning = "field"
)

// Customer is the system of an external id of which nothing more is said: the company's own numbers for its customers.
const Customer = "customer"

const (
	fieldPrefix  = "field:"
	systemPrefix = "external_id:"
)

var meanings = []Meaning{Name, Given, Middle, Family, Further, Email, Phone, ExternalID, Organization, OrgID, Domain, Tag, Note, Language, Street, City, Postcode, Region, Country, BirthDate, Kind, Role, Active, Ignore}

// Parse reads what somebody says that a column means.
func Parse(text string) (Meaning, error) {
	m := Meaning(strings.TrimSpace(text))
	name, isField := strings.CutPrefix(string(m), fieldPrefix)
	system, isID := strings.CutPrefix(string(m), systemPrefix)
	switch {
	case slices.Contains(meanings, m):
		return m, nil
	case isField && name != "" && len(name) <= contactFieldName, isID && system != "" && len(system) <= contactFieldName && !strings.ContainsAny(system, " /"):
		return m, nil
	}
	return "", fmt.Errorf("reading mapping: a meaning is one of %s, external_id:SYSTEM or field:NAME", list())
}

// identifies reports whether it says who a person or an organization is.
func (m Meaning) identifies() bool {
	switch m {
	case Name, Given, Middle, Family, Further, Email, Phone, ExternalID, Organization, Point:
		return true
	}
	return strings.HasPrefix(string(m), systemPrefix)
}

// contactFieldName bounds the name of a field or a system, in bytes.
const contactFieldName = 64

func list() string {
	all := make([]string, len(meanings))
	for i, m := range meanings {
		all[i] = string(m)
	}
	return strings.Join(all, ", ")
}
