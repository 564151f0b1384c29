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
	shown.Names, shown.Languages, shown.Evidence = nil, nil, nil
	var alternates []Alternate
	for _, m := range p.Profiles {
		shown.Names = unite(shown.Names, m.Names, func(a, b contact.Name) bool { return a.Value == b.Value && a.Provenance == b.Provenance })
		shown.Languages = unite(shown.Languages, m.Languages, func(a, b string) bool { return a == b })
		shown.Evidence = unite(shown.Evidence, m.Evidence, sameEvidence)
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
