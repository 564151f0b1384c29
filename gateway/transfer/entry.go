package transfer

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/gateway/contact"
	"usher/gateway/ingest"
	"usher/gateway/transfer/mapping"
	"usher/matching"
	"usher/matching/normal"
)

// entryOf is a row in the form in which people are entered. What cannot be read as a contact point or a name is kept as a field, for people to read, and what a profile does not keep is left out; the row says so.
func (t *Transfer) entryOf(job contact.Job, i *item) contact.Entry {
	p := i.person
	e := contact.Entry{
		By: job.ID + "." + strconv.FormatInt(i.row.N, 10), Provenance: contact.FromImport, Who: job.ID, Region: cmp.Or(job.Region, t.options.Region), At: job.CreatedAt,
		DisplayName: p.DisplayName(), Names: distinct(p.Further), Evidence: details(p.Details),
	}
	unread := readPoints(&e, p)
	if len(unread) > 0 {
		i.say("unreadable_contact_point", "a number or an address has no form that can be called or written to; it is kept as a field")
	}
	if names := readNames(&e, p); len(names) > 0 {
		unread = append(unread, names...)
		i.say("unreadable_name", "a number or an address stands in the place of a name; it is kept as a field")
	}
	for _, tag := range distinct(p.Tags) {
		e.Tags = append(e.Tags, contact.Shorten(tag, contact.MaxTag))
	}
	for _, l := range distinct(p.Languages) {
		if utf8.RuneCountInString(l) <= contact.MaxLanguage {
			e.Languages = append(e.Languages, l)
		}
	}
	e.Fields = fields(slices.Concat(unread, p.Fields, further(p)))
	if fit(&e) {
		i.say("too_many", "there are more names, languages, tags, fields or details than a profile keeps; the last of them are left out")
	}
	if len(e.Identifiers) == 0 { // nothing else names it: the same row in another file is the same person
		e.By = t.nameOf(i)
	}
	return e
}

// say gives the reason why a row is not as it stood, unless it has one.
func (i *item) say(code, reason string) {
	if i.out.Code == "" {
		i.out.Code, i.out.Reason = code, reason
	}
}

// readPoints are the contact points of a row, each once, and as fields those that have no normal form.
func readPoints(e *contact.Entry, p mapping.Person) (unread []contact.Pair) {
	add := func(id contact.Identifier, what string) {
		if _, ok := ingest.Normal(id, e.Region); !ok {
			unread = append(unread, contact.Pair{Name: "unreadable " + what, Value: id.Value})
			return
		}
		if !slices.Contains(e.Identifiers, id) {
			e.Identifiers = append(e.Identifiers, id)
		}
	}
	for _, id := range slices.Concat(p.External, p.Points) {
		add(id, string(id.Scheme))
	}
	for _, v := range p.Phones {
		add(contact.Identifier{Scheme: contact.Tel, Value: strings.TrimPrefix(v, "tel:")}, "phone")
	}
	for _, v := range p.Emails {
		add(contact.Identifier{Scheme: contact.Mailto, Value: strings.TrimPrefix(v, "mailto:")}, "email")
	}
	return unread
}

// readNames takes from a row's names those that are none, and gives them as fields, but for its contact points.
func readNames(e *contact.Entry, p mapping.Person) (unread []contact.Pair) {
	drop := func(name string) {
		if strings.TrimSpace(name) != "" && !isPoint(*e, name) {
			unread = append(unread, contact.Pair{Name: "unreadable name", Value: name})
		}
	}
	if p.Unnamed(e.DisplayName) {
		drop(e.DisplayName)
		e.DisplayName = ""
	}
	names := e.Names
	e.Names = nil
	for _, name := range names {
		if p.Unnamed(name) || len(normal.NameTokens(name)) == 0 {
			drop(name)
			continue
		}
		e.Names = append(e.Names, name)
	}
	return unread
}

// isPoint reports whether a name is one of the contact points of an entry, as Zendesk calls who called.
func isPoint(e contact.Entry, name string) bool {
	text := strings.TrimPrefix(strings.TrimPrefix(name, "Unknown caller "), "Caller ")
	return slices.ContainsFunc(e.Identifiers, func(id contact.Identifier) bool {
		one, _ := ingest.Normal(id, e.Region)
		same, ok := ingest.Normal(contact.Identifier{Scheme: id.Scheme, Scope: id.Scope, Value: text}, e.Region)
		return ok && same.Value == one.Value
	})
}

// further is what else a row says that a profile has no place for.
func further(p mapping.Person) (all []contact.Pair) {
	if len(p.OrgIDs) > 0 { // for the day when it is known here
		all = append(all, contact.Pair{Name: "organization id", Value: strings.Join(p.OrgIDs, ", ")})
	}
	if len(p.Notes) > 0 {
		all = append(all, contact.Pair{Name: "notes", Value: strings.Join(p.Notes, "\n")})
	}
	return all
}

// fit cuts the lists of an entry to what a profile keeps; cut says whether anything was left out.
func fit(e *contact.Entry) (cut bool) {
	e.Names, cut = first(e.Names, contact.MaxNames-1, cut)
	e.Languages, cut = first(e.Languages, contact.MaxLanguages, cut)
	e.Tags, cut = first(e.Tags, contact.MaxTags, cut)
	e.Fields, cut = first(e.Fields, contact.MaxFields, cut)
	e.Evidence, cut = first(e.Evidence, contact.MaxEvidence, cut)
	return cut
}

func first[T any](all []T, most int, cut bool) ([]T, bool) {
	if len(all) <= most {
		return all, cut
	}
	return all[:most], true
}

// nameOf names a row by what it says.
func (t *Transfer) nameOf(i *item) string {
	said := make([]string, 0, 2*len(i.row.Fields))
	for _, f := range i.row.Fields {
		said = append(said, f.Name, f.Value)
	}
	return t.db.Salt.ID(contact.JobRowPrefix, said...)
}

// fields are custom fields within the limits of a profile, one of each name.
func fields(all []contact.Pair) []contact.Pair {
	var kept []contact.Pair
	for _, f := range all {
		f.Name = contact.Shorten(f.Name, contact.MaxFieldName)
		at := slices.IndexFunc(kept, func(k contact.Pair) bool { return k.Name == f.Name })
		if at >= 0 {
			kept[at].Value = contact.Shorten(kept[at].Value+", "+f.Value, contact.MaxField)
			continue
		}
		f.Value = contact.Shorten(f.Value, contact.MaxField)
		kept = append(kept, f)
	}
	return kept
}

func details(all []contact.Evidence) []contact.Evidence {
	var kept []contact.Evidence
	for _, d := range all {
		d.Left = contact.Shorten(d.Left, contact.MaxDetail)
		kept = append(kept, d)
	}
	return kept
}

func distinct(all []string) []string {
	var kept []string
	for _, v := range all {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// foreseen is what the rows of a dry run would have made, by contact point: the first row that has it.
type foreseen map[uint64]madeBy

type madeBy struct {
	row  int64
	name string
}

// maxForeseen bounds what a dry run remembers; of rows behind that it does not tell that an earlier one is the same person.
const maxForeseen = 4_000_000

var seed = maphash.MakeSeed()

func hashOf(name string) uint64 { return maphash.String(seed, name) }

// foresee says what would become of a row, given the rows before it.
func (t *Transfer) foresee(ctx context.Context, b *batch, i *item) (ingest.Entered, error) {
	out, err := t.ingest.Foresee(ctx, i.entry)
	if err != nil || out.Outcome != ingest.Created {
		return out, err
	}
	read, err := t.ingest.Read(i.entry)
	if err != nil {
		return out, err
	}
	points := read.Points()
	out.ProfileID = "" // it is not there
	for _, p := range points {
		first, known := b.seen[hashOf(p)]
		if !known {
			continue
		}
		if matching.CompareNames(first.name, i.entry.DisplayName) == matching.Contradicts {
			out.Contradicts = true
			continue
		}
		out.Outcome = ingest.Matched
		i.out.Code, i.out.Reason = "same_as_row", "row "+strconv.FormatInt(first.row, 10)+" is the same person"
		break
	}
	for _, p := range points {
		key := hashOf(p)
		if _, known := b.seen[key]; !known && len(b.seen) < maxForeseen {
			b.seen[key] = madeBy{row: i.row.N, name: i.entry.DisplayName}
		}
	}
	return out, nil
}
