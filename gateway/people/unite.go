package people

import (
	"slices"

	"usher/gateway/contact"
)

// Alternate is a single value of a profile beside the one that is shown.
type Alternate struct {
	Field     string `json:"field"`
	Value     string `json:"value"`
	ProfileID string `json:"profile_id"`
}

// United is the record that a person shows: lists are united, of single values the root's is shown, else the first that has one, and the others are kept beside it. Nothing is stored of it, so that an undo has nothing to take back.
func (p Person) United() (contact.Profile, []Alternate) {
	shown := p.Root()
	shown.Names, shown.Languages, shown.Evidence, shown.Tags, shown.Notes, shown.Fields = nil, nil, nil, nil, nil, nil
	var alternates []Alternate
	for _, m := range p.Profiles {
		shown.Names = unite(shown.Names, m.Names, func(a, b contact.Name) bool { return a.Value == b.Value && a.Provenance == b.Provenance })
		shown.Languages = unite(shown.Languages, m.Languages, func(a, b string) bool { return a == b })
		shown.Evidence = unite(shown.Evidence, m.Evidence, sameEvidence)
		shown.Tags = unite(shown.Tags, m.Tags, func(a, b string) bool { return a == b })
		shown.Notes = unite(shown.Notes, m.Notes, func(a, b contact.Note) bool { return a.ID == b.ID })
		for _, f := range m.Fields {
			i := slices.IndexFunc(shown.Fields, func(there contact.Field) bool { return there.Name == f.Name })
			switch {
			case i < 0:
				shown.Fields = append(slices.Clone(shown.Fields), f)
			case shown.Fields[i].Value != f.Value:
				alternates = append(alternates, Alternate{fieldOf(f.Name), f.Value, m.ID})
			}
		}
		switch {
		case m.Name == "" || m.Name == shown.Name:
		case shown.Name == "":
			shown.Name, shown.NameProvenance = m.Name, m.NameProvenance
		default:
			alternates = append(alternates, Alternate{"display_name", m.Name, m.ID})
		}
		switch {
		case m.Class == "" || m.Class == shown.Class:
		case shown.Class == "":
			shown.Class = m.Class
		default:
			alternates = append(alternates, Alternate{"class", string(m.Class), m.ID})
		}
		if m.UpdatedAt.After(shown.UpdatedAt) {
			shown.UpdatedAt = m.UpdatedAt
		}
	}
	return shown, alternates
}

// fieldOf names a custom field beside those that every profile has.
func fieldOf(name string) string { return "fields." + name }

func unite[T any](all, more []T, same func(a, b T) bool) []T {
	for _, v := range more {
		if !slices.ContainsFunc(all, func(known T) bool { return same(known, v) }) {
			all = append(all, v)
		}
	}
	return all
}

func sameEvidence(a, b contact.Evidence) bool {
	return a.Kind == b.Kind && a.Left == b.Left && a.Right == b.Right && a.Provenance == b.Provenance
}
