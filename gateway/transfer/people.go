package transfer

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"strings"

	"github.com/emersion/go-vcard"

	"usher/gateway/contact"
)

// columns are those of people as CSV; an import knows them by these names.
var columns = []string{"Profile", "Name", "Email", "Phone", "Other contact points", "Language", "Tags", "Organization", "City", "Postcode", "Created at"}

// exportCSV writes a row a person, with several values of one kind in one cell.
func (t *Transfer) exportCSV(ctx context.Context, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	err := t.eachPerson(ctx, func(p PersonLine) error {
		cells := []string{
			p.ID, p.DisplayName, strings.Join(p.points(contact.Mailto), "; "), strings.Join(p.points(contact.Tel), "; "), strings.Join(p.others(), "; "), strings.Join(p.Languages, "; "), strings.Join(p.Tags, "; "),
			p.detail("organization"), p.detail("city"), p.detail("postcode"), p.CreatedAt.Format("2006-01-02 15:04:05"),
		}
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		return out.Write(cells)
	})
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

// points are a person's contact points of a scheme.
func (p PersonLine) points(scheme contact.Scheme) []string {
	var all []string
	for _, i := range p.Identities {
		if i.Scheme == scheme {
			all = append(all, i.Value)
		}
	}
	return all
}

// others are contact points that are neither addresses nor numbers.
func (p PersonLine) others() []string {
	var all []string
	for _, i := range p.Identities {
		if i.Scheme != contact.Mailto && i.Scheme != contact.Tel {
			all = append(all, string(i.Scheme)+":"+strings.TrimPrefix(i.Scope+":"+i.Value, ":"))
		}
	}
	return all
}

// detail is the first value of a kind.
func (p PersonLine) detail(kind string) string {
	for _, e := range p.Evidence {
		if e.Kind == kind {
			return e.Value
		}
	}
	return ""
}

// exportCards writes a card a person (RFC 6350).
func (t *Transfer) exportCards(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	encoder := vcard.NewEncoder(out)
	err := t.eachPerson(ctx, func(p PersonLine) error { return encoder.Encode(p.card()) })
	if err != nil {
		return err
	}
	return out.Flush()
}

func (p PersonLine) card() vcard.Card {
	card := vcard.Card{}
	card.SetValue(vcard.FieldVersion, "4.0")
	card.SetValue(vcard.FieldUID, p.ID)
	name := p.DisplayName
	if name == "" && len(p.Identities) > 0 { // a card has to have one
		name = p.Identities[0].Value
	}
	card.SetValue(vcard.FieldFormattedName, name)
	for _, v := range p.points(contact.Mailto) {
		card.AddValue(vcard.FieldEmail, v)
	}
	for _, v := range p.points(contact.Tel) {
		card.AddValue(vcard.FieldTelephone, v)
	}
	for _, v := range p.Names {
		card.AddValue(vcard.FieldNickname, v)
	}
	for _, v := range p.Languages {
		card.AddValue(vcard.FieldLanguage, v)
	}
	for field, value := range map[string]string{vcard.FieldCategories: strings.Join(p.Tags, ","), vcard.FieldOrganization: p.detail("organization")} {
		if value != "" {
			card.SetValue(field, value)
		}
	}
	if city, postcode := p.detail("city"), p.detail("postcode"); city != "" || postcode != "" {
		card.AddAddress(&vcard.Address{Locality: city, PostalCode: postcode})
	}
	return card
}
