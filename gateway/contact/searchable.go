package contact

// Searchable is one text by which a profile is found.
type Searchable struct {
	Kind string // name, tag, note, field, organization, or the scheme of a contact point: "external" is an id of another system
	Text string
}

// Searchables are all the texts by which a profile is found: the one place that lists them.
func (p Profile) Searchables() []Searchable {
	var all []Searchable
	add := func(kind, text string) {
		if text != "" {
			all = append(all, Searchable{kind, text})
		}
	}
	add("name", p.Name)
	for _, n := range p.Names {
		if n.Value != p.Name {
			add("name", n.Value)
		}
	}
	for _, point := range p.Points {
		add(string(point.Scheme), point.Value)
	}
	for _, tag := range p.Tags {
		add("tag", tag)
	}
	for _, f := range p.Fields {
		add("field", f.Value)
	}
	for _, n := range p.Notes {
		add("note", n.Text)
	}
	for _, e := range p.Evidence {
		if e.Kind == "organization" || e.Kind == "company" {
			add("organization", e.Left)
		}
	}
	return all
}
