package transfer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"usher/gateway/contact"
	"usher/gateway/people"
	"usher/gateway/store"
)

// ExportFormat is how people are given out.
type ExportFormat string

// The formats. NDJSON is everything; the others are the people alone.
const (
	AsNDJSON ExportFormat = "ndjson"
	AsCSV    ExportFormat = "csv"
	AsVCard  ExportFormat = "vcard"
)

// Extension is what files of the format end in.
func (f ExportFormat) Extension() string {
	if f == AsVCard {
		return "vcf"
	}
	return string(f)
}

// Layout is the version of the lines that an export is made of.
const Layout = 1

// line is one line of an export.
type line struct {
	Usher    int    `json:"usher"` // the layout; by it an import knows the file
	Type     string `json:"type"`
	Document any    `json:"document,omitempty"` // as it is stored
	LeftOut  string `json:"left_out,omitempty"` // what of the document is not given, and why
}

// opening and closing are the first and the last line: without the last one the file is not whole.
type opening struct {
	Usher int       `json:"usher"`
	Type  string    `json:"type"` // export
	At    time.Time `json:"at"`
}

type closing struct {
	Usher int    `json:"usher"`
	Type  string `json:"type"` // end
	Lines int64  `json:"lines"`
}

// PersonLine is a person with all that the profiles know: the line of an export that can be imported again.
type PersonLine struct {
	Usher       int         `json:"usher"`
	Type        string      `json:"type"` // person
	ID          string      `json:"id"`
	Members     []string    `json:"members"` // the profiles that are this person
	DisplayName string      `json:"display_name,omitempty"`
	Names       []string    `json:"names,omitempty"`
	Languages   []string    `json:"languages,omitempty"`
	Tags        []string    `json:"tags,omitempty"`
	Identities  []Point     `json:"identities,omitempty"`
	Fields      []NameValue `json:"fields,omitempty"`
	Evidence    []Detail    `json:"evidence,omitempty"`

	Organizations []Belonging `json:"organizations,omitempty"`

	CreatedAt time.Time `json:"created_at"`
}

// Point is a contact point of a person.
type Point struct {
	Scheme contact.Scheme `json:"scheme"`
	Scope  string         `json:"scope,omitempty"`
	Value  string         `json:"value"`
}

// NameValue is a custom field.
type NameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Detail is what else is known of a person, entered or imported.
type Detail struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// lines writes an export line by line.
type lines struct {
	out     *bufio.Writer
	encoder *json.Encoder
	n       int64
	sent    time.Time // when nothing was held back last
}

func newLines(w io.Writer) *lines {
	out := bufio.NewWriterSize(w, 64<<10)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &lines{out: out, encoder: encoder, sent: time.Now()}
}

func (l *lines) write(one any) error {
	l.n++
	return l.encoder.Encode(one)
}

func (l *lines) document(kind string, doc any) error {
	return l.write(line{Usher: Layout, Type: kind, Document: doc})
}

// send holds back nothing of what was written.
func (l *lines) send() error {
	l.sent = time.Now()
	return l.out.Flush()
}

// stayOpen sends something if nothing was sent for a while, because proxies cut a connection that is silent: what there is, and a blank, which says nothing before a line of JSON.
func (l *lines) stayOpen(pause time.Duration) error {
	if time.Since(l.sent) < pause {
		return nil
	}
	return errors.Join(l.out.WriteByte(' '), l.send())
}

// close writes the last line.
func (l *lines) close() error {
	if err := l.write(closing{Usher: Layout, Type: "end", Lines: l.n}); err != nil {
		return err
	}
	return l.send()
}

// Export writes everything, or in another format than NDJSON the people alone. Nothing is locked: what changes meanwhile is written as it was or as it is.
func (t *Transfer) Export(ctx context.Context, w io.Writer, f ExportFormat) error {
	switch f {
	case AsCSV:
		return t.exportCSV(ctx, w)
	case AsVCard:
		return t.exportCards(ctx, w)
	case AsNDJSON:
		return t.exportAll(ctx, w)
	}
	return fmt.Errorf("exporting: no format %q", f)
}

func (t *Transfer) exportAll(ctx context.Context, w io.Writer) error {
	l := newLines(w)
	if err := l.write(opening{Usher: Layout, Type: "export", At: store.Now()}); err != nil {
		return err
	}
	if err := t.exportOrganizations(ctx, l); err != nil { // before their members: an import reads them in this order
		return fmt.Errorf("exporting: %w", err)
	}
	err := t.eachPerson(ctx, func(p PersonLine) (err error) {
		if p.Organizations, err = t.belonging(ctx, p.Members); err != nil {
			return err
		}
		return l.write(p)
	})
	if err != nil {
		return err
	}
	for _, list := range []func() error{
		func() error { return t.exportProfiles(ctx, l) },
		func() error { return listed(ctx, l, "identity", t.db.Identities, "profile") },
		func() error { return listed(ctx, l, "interaction", t.db.Interactions, "occurred") },
		func() error { return listed(ctx, l, "duplicate", t.db.Duplicates, "rank") },
		func() error { return listed(ctx, l, "decision", t.db.Decisions, "at") },
		func() error { return listed(ctx, l, "not_same", t.db.NotSame, "a") },
		func() error { return listed(ctx, l, "evidence", t.db.Evidence, "a") },
		func() error { return listed(ctx, l, "domain", t.db.Domains, "organization") },
		func() error { return listed(ctx, l, "membership", t.db.Memberships, "profile") },
		func() error { return listed(ctx, l, "consent", t.db.Consents, "identity") },
		func() error { return listed(ctx, l, "block", t.db.Blocks, "state") },
		func() error { return listed(ctx, l, "quarantine", t.db.Quarantine, "at") },
	} {
		if err := list(); err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
	}
	return l.close()
}

// listed writes all documents of a collection.
func listed[T any, P interface {
	*T
	contact.Stored
}](ctx context.Context, l *lines, kind string, c store.Collection[T, P], index string) error {
	return each(ctx, c, store.Range{Index: index}, func(doc T) error { return l.document(kind, doc) })
}

// exportProfiles writes all profiles but the shells of erased people, which say nothing.
func (t *Transfer) exportProfiles(ctx context.Context, l *lines) error {
	return each(ctx, t.db.Profiles, store.Range{Index: "created"}, func(p contact.Profile) error {
		if p.Erased() {
			return nil
		}
		return l.document("profile", p)
	})
}

// eachPerson calls do for every person who is not erased, the oldest first. Trees are read a page at a time, each as it stood at one moment.
func (t *Transfer) eachPerson(ctx context.Context, do func(PersonLine) error) error {
	r := store.Range{Index: "created", Limit: perPage}
	for {
		page, next, err := t.db.Profiles.List(ctx, r)
		if err != nil {
			return err
		}
		var found []PersonLine
		err = people.New(t.db).Trees(ctx, func(trees *people.Trees) error {
			found = nil
			for _, p := range page {
				if p.MergedInto != "" || p.Erased() {
					continue
				}
				card, err := trees.Card(ctx, p.ID)
				if contact.KindOf(err) == contact.NotFound { // erased since the page was read
					continue
				}
				if err != nil {
					return err
				}
				found = append(found, personLine(card))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("reading people: %w", err)
		}
		for _, p := range found {
			if err := do(p); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		r.After = next
	}
}

func personLine(card people.Card) PersonLine {
	p := card.Profile
	shown := PersonLine{Usher: Layout, Type: "person", ID: p.ID, Members: card.Person.IDs(), DisplayName: p.Name, Languages: p.Languages, Tags: p.Tags, CreatedAt: p.CreatedAt}
	for _, n := range p.Names {
		if n.Value != p.Name {
			shown.Names = append(shown.Names, n.Value)
		}
	}
	for _, i := range card.Identities {
		if i.Provenance.Identifies() && i.Value != "" {
			shown.Identities = append(shown.Identities, Point{i.Scheme, i.Scope, i.Value})
		}
	}
	for _, f := range p.Fields {
		shown.Fields = append(shown.Fields, NameValue{f.Name, f.Value})
	}
	for _, e := range p.Evidence {
		if e.Provenance == contact.FromImport || e.Provenance == contact.FromAgent { // what a text holds is of its interaction
			shown.Evidence = append(shown.Evidence, Detail{e.Kind, e.Left})
		}
	}
	return shown
}
