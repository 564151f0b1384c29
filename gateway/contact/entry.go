package contact

import "time"

// Entry is a person whom an agent or an import tells of: somebody who did not contact us.
type Entry struct {
	By          string       `json:"by"`                    // names the entry for ever: an import and its row, or an operation. The same name is the same entry, entered again. It holds no personal data, and no other's begins with it and a dot
	Provenance  Provenance   `json:"provenance"`            // FromAgent or FromImport: of all that it says
	Who         string       `json:"who"`                   // the agent, or the import
	Region      string       `json:"region,omitempty"`      // for national number formats
	Identifiers []Identifier `json:"identifiers,omitempty"` // contact points, and ids in other systems (External, the scope is the system); in any spelling
	DisplayName string       `json:"display_name,omitempty"`
	Names       []string     `json:"names,omitempty"`     // further names
	Languages   []string     `json:"languages,omitempty"` // BCP 47
	Tags        []string     `json:"tags,omitempty"`
	Fields      []Pair       `json:"fields,omitempty"`
	Evidence    []Evidence   `json:"evidence,omitempty"` // "organization", "postcode", "city" and what else is compared: kind and left side
	At          time.Time    `json:"at"`                 // when it was said: of two entries of one provenance the later one's single values stand
}

// Name is what the person is told apart by.
func (e Entry) Name() string {
	if e.DisplayName != "" || len(e.Names) == 0 {
		return e.DisplayName
	}
	return e.Names[0]
}
