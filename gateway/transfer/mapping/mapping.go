// Package mapping says what the columns of a file of people mean: by the names that well-known exports give them, and by what somebody says. What no name says is kept as a custom field; nothing is thrown away but what says nothing of a person.
package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"usher/gateway/contact"
)

// Source is whose export a file is.
type Source string

// The sources.
const (
	Zendesk              Source = "zendesk"
	ZendeskOrganizations Source = "zendesk_organizations"
	Google               Source = "google"
	Outlook              Source = "outlook"
	Cards                Source = "vcard"
	Usher                Source = "usher"
	Other                Source = "other"
)

// Sources are all of them.
var Sources = []Source{Zendesk, ZendeskOrganizations, Google, Outlook, Cards, Usher, Other}

// OfOrganizations reports whether its rows are organizations and no people.
func (s Source) OfOrganizations() bool { return s == ZendeskOrganizations }

// Recognize tells whose export a file is by the names of its columns.
func Recognize(columns []string) Source {
	keys := map[string]bool{}
	for _, c := range columns {
		keys[key(c)] = true
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !keys[n] })
	}
	switch {
	case has("usher", "type"):
		return Usher
	case has("given name", "family name", "group membership"), has("first name", "labels") && (has("e mail 1 value") || has("phone 1 value") || has("file as")):
		return Google
	case has("e mail address", "first name"), has("e mail adresse", "vorname"), has("e mail address", "company"), has("vorname", "nachname", "telefon geschäftlich"):
		return Outlook
	case has("name", "domain names"), has("name", "default") && !has("email"), has("shared tickets", "shared comments"):
		return ZendeskOrganizations
	case has("role", "email") && (has("organization") || has("organization id") || has("external id") || has("tags")), has("role", "restricted agent"):
		return Zendesk
	}
	return Other
}

// Mapping says what the columns of one file mean.
type Mapping struct {
	Source  Source
	Columns map[string]Meaning // what somebody says, by the name of the column, in any case
	known   map[string]Meaning
}

// New is the mapping of a source, with what is said of some columns.
func New(source Source, said map[string]string) (Mapping, error) {
	m := Mapping{Source: source, Columns: map[string]Meaning{}, known: map[string]Meaning{}}
	if source == "" || !slices.Contains(Sources, source) {
		return m, fmt.Errorf("reading mapping: no source of that name")
	}
	for column, text := range said {
		meaning, err := Parse(text)
		if err != nil {
			return m, err
		}
		m.Columns[key(column)] = meaning
	}
	return m, nil
}

// Of is what a column means.
func (m Mapping) Of(column string) Meaning {
	if meaning, ok := m.known[column]; ok {
		return meaning
	}
	meaning := m.find(column)
	if len(m.known) < maxKnown {
		m.known[column] = meaning
	}
	return meaning
}

// maxKnown bounds the names that are remembered: the members of JSON objects can be called anything.
const maxKnown = 4096

func (m Mapping) find(column string) Meaning {
	k := key(column)
	if meaning, ok := m.Columns[k]; ok {
		return meaning
	}
	if meaning, ok := shaped(column); ok {
		return meaning
	}
	for _, table := range []map[string]Meaning{tables[m.Source], common} {
		if meaning, ok := table[k]; ok {
			return meaning
		}
		if meaning, ok := table[numbered(k)]; ok {
			return meaning
		}
	}
	if m.Source == Google && (strings.HasSuffix(k, " label") || strings.HasSuffix(k, " type")) {
		return Ignore
	}
	for _, prefix := range noise[m.Source] {
		if strings.HasPrefix(k, prefix) {
			return Ignore
		}
	}
	return Meaning(fieldPrefix + fieldName(strings.TrimPrefix(column, "fields."))) // as the agents' API takes them
}

// Understands reports whether one of columns may say who somebody is: without, every row is nobody.
func (m Mapping) Understands(columns []string) bool {
	switch m.Source {
	case Usher, Cards: // it is known by them
		return true
	}
	return slices.ContainsFunc(columns, func(c string) bool { return m.Of(c).identifies() })
}

// Has reports whether a column is one of columns, as names are compared.
func Has(columns []string, column string) bool {
	return slices.ContainsFunc(columns, func(c string) bool { return key(c) == key(column) })
}

// Said is what was said of columns, for the record.
func (m Mapping) Said() map[string]Meaning { return maps.Clone(m.Columns) }

// key is the name of a column as it is compared: letters and digits in lower case, all else a space.
func key(column string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(norm.NFC.String(column)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// numbered is a key with # for its numbers: the third address is an address.
func numbered(k string) string {
	words := strings.Fields(k)
	for i, w := range words {
		if strings.Trim(w, "0123456789") == "" {
			words[i] = "#"
		}
	}
	return strings.Join(words, " ")
}

// fieldName is what a custom field of a column is called.
func fieldName(column string) string {
	name := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, column)), " ")
	if name == "" {
		return "unnamed"
	}
	return strings.TrimSpace(cut(name, contactFieldName))
}

// cut is the beginning of a text, whole characters of it.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most]
}

// Person is what a row says of a person, or of an organization.
type Person struct {
	Name, Given, Middle, Family string

	Nobody    string // why it is no person to import: group, agent, deleted, or History
	Further   []string
	Emails    []string
	Phones    []string
	External  []contact.Identifier // scheme External, the scope is the system
	Points    []contact.Identifier // of other schemes, in Usher's own exports
	OrgName   string
	OrgIDs    []string
	Domains   []string
	Tags      []string
	Languages []string
	Notes     []string
	Details   []contact.Evidence
	Fields    []contact.Pair

	Own          bool     `json:",omitempty"` // Usher's own export says it
	Organization bool     `json:",omitempty"` // it is an organization
	ID           string   `json:",omitempty"` // of an organization, in Usher's own exports
	Of           []Member `json:",omitempty"` // a person's organizations, in Usher's own exports
}

// Member is an organization that a person belongs to.
type Member struct{ System, ID, Name string }

// Read is what the fields of a row say.
func (m Mapping) Read(fields []contact.Pair) Person {
	var p Person
	if m.Source == Usher {
		p.own(fields)
		return p
	}
	for _, f := range fields {
		p.take(m, m.Of(f.Name), f)
	}
	p.objects(m, fields)
	p.Organization = m.Source.OfOrganizations()
	return p
}

func (p *Person) take(m Mapping, meaning Meaning, f contact.Pair) {
	switch meaning {
	case Ignore, Point, Custom: // these are objects
	case Name:
		once(&p.Name, &p.Further, f.Value)
	case Given:
		once(&p.Given, &p.Further, f.Value)
	case Middle:
		once(&p.Middle, &p.Further, f.Value)
	case Family:
		once(&p.Family, &p.Further, f.Value)
	case Further:
		p.Further = append(p.Further, f.Value)
	case Kind:
		p.refuse("group", f.Value, "group")
	case Role:
		p.refuse("agent", f.Value, "agent", "admin")
	case Active:
		p.refuse("deleted", f.Value, "false")
	case Email:
		p.Emails = append(p.Emails, split(f.Value, ",;")...)
	case Phone:
		p.Phones = append(p.Phones, split(f.Value, ";")...)
	case ExternalID:
		p.External = append(p.External, contact.Identifier{Scheme: contact.External, Scope: Customer, Value: f.Value})
	case Organization:
		p.organization(f.Value)
	case OrgID:
		p.OrgIDs = append(p.OrgIDs, f.Value)
	case Domain:
		p.Domains = append(p.Domains, strings.Fields(strings.NewReplacer(",", " ", ";", " ").Replace(f.Value))...)
	case Tag:
		p.Tags = append(p.Tags, m.tags(f.Value)...)
	case Note:
		p.Notes = append(p.Notes, f.Value)
	case Language:
		p.Languages = append(p.Languages, strings.ReplaceAll(f.Value, "_", "-"))
	case BirthDate:
		if strings.ContainsAny(f.Value, "123456789") { // Outlook writes 0/0/00 where there is none
			p.Details = append(p.Details, contact.Evidence{Kind: string(meaning), Left: f.Value})
		}
	case Street, City, Postcode, Region, Country:
		p.Details = append(p.Details, contact.Evidence{Kind: string(meaning), Left: f.Value})
	default:
		p.special(string(meaning), f.Value)
	}
}

// special takes what a meaning with a name holds.
func (p *Person) special(meaning, value string) {
	if system, ok := strings.CutPrefix(meaning, systemPrefix); ok {
		p.External = append(p.External, contact.Identifier{Scheme: contact.External, Scope: system, Value: value})
		return
	}
	name := strings.TrimPrefix(meaning, fieldPrefix)
	for i, known := range p.Fields {
		if known.Name == name { // a list is one field
			p.Fields[i].Value += ", " + value
			return
		}
	}
	p.Fields = append(p.Fields, contact.Pair{Name: name, Value: value})
}

func (p *Person) organization(value string) {
	if p.OrgName == "" {
		p.OrgName = value
	}
	p.Details = append(p.Details, contact.Evidence{Kind: "organization", Left: value})
}

// refuse notes why the row is nobody, if the value is one of those that say so.
func (p *Person) refuse(why, value string, those ...string) {
	if slices.Contains(those, strings.ToLower(value)) {
		p.Nobody = why
	}
}

// once keeps the first value, and a further one as a further name.
func once(into *string, further *[]string, value string) {
	if *into == "" {
		*into = value
		return
	}
	*further = append(*further, value)
}

// manyValues is what Google puts between several values of one column.
const manyValues = ":::"

// split parts several values of one column.
func split(value, separators string) []string {
	parts := strings.Split(value, manyValues)
	var all []string
	for _, part := range parts {
		for one := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == '\n' || strings.ContainsRune(separators, r) }) {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// tags are a column's tags. Zendesk's have no spaces and are parted by them; Google's system groups are no tags.
func (m Mapping) tags(value string) []string {
	separators := ",;"
	if m.Source == Zendesk || m.Source == ZendeskOrganizations {
		separators += " "
	}
	all := split(value, separators)
	if m.Source != Google && m.Source != Cards {
		return all
	}
	return slices.DeleteFunc(all, func(t string) bool { return strings.HasPrefix(t, "*") || t == "myContacts" })
}

// DisplayName is the name that a row gives: in full, else put together of its parts.
func (p Person) DisplayName() string {
	if p.Name != "" {
		return p.Name
	}
	return strings.Join(strings.Fields(p.Given+" "+p.Middle+" "+p.Family), " ")
}

// Unnamed reports whether an address or a number stands in the place of a name ("Caller +44 20..."). It says nothing of a person, and in matching too much. What our own export says is a name was one.
func (p Person) Unnamed(name string) bool {
	digits := strings.Count(strings.Map(digit, name), "0")
	return !p.Own && (digits >= leastNumber || strings.Contains(name, "@"))
}

// leastNumber is how many digits a telephone number has at least.
const leastNumber = 6

// digit is 0 for every digit, and x for all else.
func digit(r rune) rune {
	if unicode.IsDigit(r) {
		return '0'
	}
	return 'x'
}
