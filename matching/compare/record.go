package compare

import (
	"slices"
	"strings"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// Value is one thing that is known of a person.
type Value struct {
	Field      Field
	Text       string
	Given      string // of a name whose parts are told apart, with Family in the place of Text
	Family     string
	Network    string             // of a handle: two handles on one network are compared
	Provenance contact.Provenance // an extracted contact point is evidence; who quotes it is not one of its users
	Sharing    Sharing
	Normal     bool // of a telephone number: it was stored in its normal form, which is not worked out again for every candidate
}

func (v Value) quoted() bool { return v.Provenance == contact.Extracted }

// Sharing is what the store has learned of how many use a contact point. The zero value is one that nothing is known of.
type Sharing struct {
	Names    int // different people's names it was seen with
	Contacts int // contacts that came by it
	Role     bool
}

// Limits beyond which a contact point says nothing, and beyond which it says less.
const (
	ManyNames    = 4
	ManyContacts = 25
	fewNames     = 2
)

func (s Sharing) hot() bool    { return s.Names >= ManyNames || s.Contacts >= ManyContacts && s.Names > 1 }
func (s Sharing) shared() bool { return s.Names >= fewNames }

func (s Sharing) or(o Sharing) Sharing {
	return Sharing{Names: max(s.Names, o.Names), Contacts: max(s.Contacts, o.Contacts), Role: s.Role || o.Role}
}

// Profile is what is known of one person: the union of the values of all contacts. A single contact is a profile too.
type Profile struct {
	ID     string
	Region string // in which national telephone numbers are read
	Values []Value
}

// maxValues bounds how many values of a field are compared.
const maxValues = 16

// Record is a profile in the forms by which it is compared.
type Record struct {
	ID      string
	Names   []normal.Name
	Mails   []MailAddress
	Phones  []Point
	Handles []Point
	Dates   []DateValue
	Texts   [Fields][]TextValue // of the fields that are compared as texts or as the same or not
}

// MailAddress is a mail address with what is known of its use.
type MailAddress struct {
	normal.Mail
	Sharing Sharing
	Quoted  bool // only found in a text
}

// Point is a telephone number or a handle.
type Point struct {
	Key     string
	Raw     string
	Network string
	Sharing Sharing
	Quoted  bool // only found in a text
}

// DateValue is a date as it was written, and its digits.
type DateValue struct {
	normal.Date
	Raw, Digits string
	Number      int // of the day, to count the days between two
}

// TextValue is a text as it was written, its comparable form, and that without spaces.
type TextValue struct{ Key, Solid, Raw string }

// Prepare brings a profile into the forms by which it is compared. Equal values are kept once, and the order of the values does not matter.
func Prepare(p Profile) *Record {
	r := &Record{ID: p.ID}
	values := slices.Clone(p.Values)
	slices.SortStableFunc(values, func(a, b Value) int {
		return strings.Compare(a.Text+"\x00"+a.Given+"\x00"+a.Family, b.Text+"\x00"+b.Given+"\x00"+b.Family)
	})
	for _, v := range values {
		r.add(v, p.Region)
	}
	if len(r.Names) == 0 {
		r.deriveNames()
	}
	return r
}

func (r *Record) add(v Value, region string) {
	switch v.Field {
	case Name:
		r.addName(v)
	case Mail:
		r.addMail(v)
	case Phone:
		key, ok := v.phone(region)
		r.Phones = addPoint(r.Phones, Point{Key: key, Raw: v.Text, Sharing: v.Sharing, Quoted: v.quoted()}, ok)
	case Handle:
		network, _, found := strings.Cut(v.Text, ":")
		if v.Network == "" && found {
			v.Network = network
		}
		key := strings.ToLower(strings.TrimSpace(v.Text))
		r.Handles = addPoint(r.Handles, Point{Key: key, Raw: v.Text, Network: v.Network, Sharing: v.Sharing, Quoted: v.quoted()}, key != "")
	case BirthDate:
		d, ok := normal.ParseDate(v.Text)
		if ok && len(r.Dates) < maxValues && !slices.ContainsFunc(r.Dates, func(k DateValue) bool { return k.Date == d }) {
			r.Dates = append(r.Dates, DateValue{Date: d, Raw: v.Text, Digits: d.Digits(), Number: d.Number()})
		}
	case Address, Fields:
	default:
		r.addText(v)
	}
}

// phone is the normal form of a number.
func (v Value) phone(region string) (string, bool) {
	if v.Normal && strings.HasPrefix(v.Text, "+") {
		return v.Text, true
	}
	return normal.Phone(v.Text, region)
}

func (r *Record) addName(v Value) {
	n := normal.ParseName(v.Text)
	if v.Given != "" || v.Family != "" {
		n = normal.NameOf(v.Given, v.Family)
	}
	if len(n.Tokens) == 0 || len(r.Names) >= maxValues || slices.ContainsFunc(r.Names, func(k normal.Name) bool { return sameName(&k, &n) }) {
		return
	}
	r.Names = append(r.Names, n)
}

func sameName(a, b *normal.Name) bool {
	return a.Joined == b.Joined && a.Family == b.Family && slices.Equal(a.Numbers, b.Numbers)
}

func (r *Record) addMail(v Value) {
	m, ok := normal.ParseMail(v.Text)
	if !ok || len(r.Mails) >= maxValues {
		return
	}
	for i := range r.Mails {
		if r.Mails[i].Key == m.Key {
			r.Mails[i].Sharing = r.Mails[i].Sharing.or(v.Sharing)
			r.Mails[i].Quoted = r.Mails[i].Quoted && v.quoted()
			return
		}
	}
	r.Mails = append(r.Mails, MailAddress{Mail: m, Sharing: v.Sharing, Quoted: v.quoted()})
}

func addPoint(points []Point, p Point, ok bool) []Point {
	if !ok || len(points) >= maxValues {
		return points
	}
	for i := range points {
		if points[i].Key == p.Key {
			points[i].Sharing = points[i].Sharing.or(p.Sharing)
			points[i].Quoted = points[i].Quoted && p.Quoted
			return points
		}
	}
	return append(points, p)
}

func (r *Record) addText(v Value) {
	key := normal.Text(v.Text)
	if v.Field == Organization {
		key = normal.Organization(v.Text)
	}
	if v.Field == Postcode || v.Field == Reference || v.Field == Mentioned {
		key = strings.ReplaceAll(key, " ", "")
	}
	if v.Field == Language {
		key, _, _ = strings.Cut(key, " ")
	}
	texts := r.Texts[v.Field]
	if key == "" || len(texts) >= maxValues || slices.ContainsFunc(texts, func(t TextValue) bool { return t.Key == key }) {
		return
	}
	r.Texts[v.Field] = append(texts, TextValue{Key: key, Solid: strings.ReplaceAll(key, " ", ""), Raw: v.Text})
}

// deriveNames reads the addresses of somebody without a name: two words without digits are a candidate name.
func (r *Record) deriveNames() {
	for _, m := range r.Mails {
		if m.Kind == normal.Role || m.Kind == normal.Relay || len(m.Words) != 2 || m.Digits != "" || min(len(m.Words[0]), len(m.Words[1])) < 2 {
			continue
		}
		n := normal.ParseName(m.Words[0] + " " + m.Words[1])
		n.Derived = true
		r.Names = append(r.Names, n)
	}
}
