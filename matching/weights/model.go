// Package weights holds what each level of a comparison is worth, in bits: the binary logarithm of how much more often it is seen between two records of one person than between two strangers.
package weights

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"sync"

	"usher/matching/compare"
)

// Limits of a weight, and of what a value's rarity and decisions may add to it.
const (
	MaxBits   = 12.0
	MaxRarity = 6.0
	MaxShift  = 64.0 // of a prior too; more than calibrating reaches, which moves a shift by at most a bit in each of its 60 rounds
)

// Model is a set of weights under a name. It is what a score is computed from, and what training makes.
type Model struct {
	Version string  `json:"version"`
	Prior   float64 `json:"prior"` // log-odds in bits that two records are one person's before anything is compared
	Weights Table   `json:"weights"`
	// Caps bound what training may make of a level: a positive one from above, a negative one from below.
	Caps Table `json:"caps,omitempty"`
	// Shifts is the logistic layer that decisions have trained, on top of the weights.
	Shifts *Shifts `json:"shifts,omitempty"`
	// Calibration maps a score to a probability until there are decisions.
	Calibration []Knot `json:"calibration,omitempty"`
}

// Table is a number for each level of each field.
type Table [compare.Fields][compare.MaxLevels]float64

// Shifts is what decisions have moved: the constant, each level, and each pair of levels of a name and a contact point.
type Shifts struct {
	Constant  float64     `json:"constant"`
	Levels    Table       `json:"levels"`
	Pairs     []PairShift `json:"pairs,omitempty"`
	Decisions int         `json:"decisions"`

	pairs map[int]float64
}

// PairShift is the shift of a name's level that meets a level of another field.
type PairShift struct {
	Name  string  `json:"name"`
	Field string  `json:"field"`
	Level string  `json:"level"`
	Bits  float64 `json:"bits"`
}

// Knot is one point of the calibration: what share of the pairs of that score were one person's.
type Knot struct {
	Bits        float64 `json:"bits"`
	Probability float64 `json:"probability"`
}

// MarshalJSON writes a table by the names of fields and levels; levels of no weight are left out.
func (t Table) MarshalJSON() ([]byte, error) {
	named := map[string]map[string]float64{}
	for f := range compare.Fields {
		for l, code := range f.Codes() {
			if t[f][l] == 0 {
				continue
			}
			if named[f.String()] == nil {
				named[f.String()] = map[string]float64{}
			}
			named[f.String()][code] = math.Round(t[f][l]*1e6) / 1e6
		}
	}
	return json.Marshal(named)
}

// UnmarshalJSON reads a table. A field or a level that does not exist is an error.
func (t *Table) UnmarshalJSON(data []byte) error {
	var named map[string]map[string]float64
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	for name, levels := range named {
		f, ok := FieldNamed(name)
		if !ok {
			return fmt.Errorf("no field %q", name)
		}
		for code, bits := range levels {
			l, ok := LevelNamed(f, code)
			if !ok {
				return fmt.Errorf("no level %q of %s", code, name)
			}
			t[f][l] = bits
		}
	}
	return nil
}

// FieldNamed finds a field.
func FieldNamed(name string) (compare.Field, bool) {
	for f := range compare.Fields {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// LevelNamed finds a level of a field.
func LevelNamed(f compare.Field, code string) (compare.Level, bool) {
	for l, c := range f.Codes() {
		if c == code {
			return compare.Level(l), true
		}
	}
	return 0, false
}

//go:embed model.json
var shipped []byte

// Shipped is the model that Usher comes with. It must not be changed.
var Shipped = sync.OnceValue(func() *Model {
	m, err := Parse(shipped)
	if err != nil {
		panic("reading the shipped model: " + err.Error()) // a test reads it too
	}
	return m
})

// With is the model with other shifts. They must name fields and levels that exist.
func (m Model) With(s *Shifts) *Model {
	m.Shifts = s
	if err := m.index(); err != nil {
		panic("shifts of a model: " + err.Error()) // they were made from fields and levels
	}
	return &m
}

// index prepares the shifts of pairs of levels.
func (m *Model) index() error {
	if m.Shifts == nil {
		return nil
	}
	m.Shifts.pairs = map[int]float64{}
	for _, p := range m.Shifts.Pairs {
		f, ok := FieldNamed(p.Field)
		if !ok {
			return fmt.Errorf("no field %q", p.Field)
		}
		name, ok := LevelNamed(compare.Name, p.Name)
		other, okToo := LevelNamed(f, p.Level)
		if !ok || !okToo {
			return fmt.Errorf("no pair of levels %q and %s %q", p.Name, p.Field, p.Level)
		}
		key := pairKey(name, f, other)
		if _, twice := m.Shifts.pairs[key]; twice {
			return fmt.Errorf("the pair of levels %q and %s %q stands twice", p.Name, p.Field, p.Level)
		}
		m.Shifts.pairs[key] = p.Bits
	}
	return nil
}

func pairKey(name compare.Level, f compare.Field, other compare.Level) int {
	return (int(name)*int(compare.Fields)+int(f))*compare.MaxLevels + int(other)
}
