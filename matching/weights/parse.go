package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"

	"usher/matching/compare"
)

// SameContactModel is the version of no model file: it stands on flags that no score raised, which are neither scored again nor learned from.
const SameContactModel = "same-contact-1"

// Limits of a model file.
const (
	maxFile  = 1 << 20
	maxScore = 1000.0 // bits of a knot of the calibration; no score comes near
)

var versions = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// CheckVersion fails for what cannot name a model: a version is 1 to 64 letters, digits and ._-, and not SameContactModel.
func CheckVersion(version string) error {
	switch {
	case version == "":
		return errors.New("it has no version")
	case version == SameContactModel:
		return fmt.Errorf("version %s means that no model scored", SameContactModel)
	case !versions.MatchString(version):
		return errors.New("its version is not 1 to 64 letters, digits and ._-")
	}
	return nil
}

// Parse reads a model file. What it does not know, and what would make a score that means nothing, is an error.
func Parse(data []byte) (*Model, error) {
	var m Model
	if err := decode(data, &m); err != nil {
		return nil, fmt.Errorf("reading model: %w", err)
	}
	if err := CheckVersion(m.Version); err != nil {
		return nil, fmt.Errorf("reading model: %w", err)
	}
	if err := errors.Join(m.check(), m.index()); err != nil {
		return nil, fmt.Errorf("reading model %s: %w", m.Version, err)
	}
	return &m, nil
}

func decode(data []byte, m *Model) error {
	if len(data) > maxFile {
		return fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

// check holds a model to what is promised of every one.
func (m *Model) check() error {
	if math.Abs(m.Prior) > MaxShift {
		return fmt.Errorf("prior: %v bits is beyond %v", m.Prior, MaxShift)
	}
	if m.Weights == (Table{}) {
		return errors.New("it has no weights")
	}
	if err := m.Weights.falls(); err != nil {
		return err
	}
	if err := m.Caps.within(MaxBits); err != nil {
		return fmt.Errorf("caps: %w", err)
	}
	if err := m.Shifts.check(); err != nil {
		return fmt.Errorf("shifts: %w", err)
	}
	return rising(m.Calibration)
}

// falls fails unless weights are bounded, fall from level to level, and are nothing for null.
func (t Table) falls() error {
	if err := t.within(MaxBits); err != nil {
		return err
	}
	for f := range compare.Fields {
		if t[f][compare.Null] != 0 {
			return fmt.Errorf("%s: null has a weight", f)
		}
		for l := 2; l < len(f.Codes()); l++ {
			if t[f][l] > t[f][l-1] {
				return fmt.Errorf("%s %s: more than the level above it", f, f.Codes()[l])
			}
		}
	}
	return nil
}

func (t Table) within(limit float64) error {
	for f := range compare.Fields {
		for l, code := range f.Codes() {
			if math.Abs(t[f][l]) > limit {
				return fmt.Errorf("%s %s: %v bits is beyond %v", f, code, t[f][l], limit)
			}
		}
	}
	return nil
}

func (s *Shifts) check() error {
	if s == nil {
		return nil
	}
	if math.Abs(s.Constant) > MaxShift {
		return fmt.Errorf("constant: %v bits is beyond %v", s.Constant, MaxShift)
	}
	for _, p := range s.Pairs {
		if math.Abs(p.Bits) > MaxShift {
			return fmt.Errorf("name %s and %s %s: %v bits is beyond %v", p.Name, p.Field, p.Level, p.Bits, MaxShift)
		}
	}
	return s.Levels.within(MaxShift)
}

// rising fails unless a calibration states probabilities that rise with the score.
func rising(knots []Knot) error {
	for i, k := range knots {
		switch {
		case k.Probability < 0 || k.Probability > 1:
			return fmt.Errorf("calibration: knot %d: %v is no probability", i, k.Probability)
		case math.Abs(k.Bits) > maxScore:
			return fmt.Errorf("calibration: knot %d: %v bits is beyond %v", i, k.Bits, maxScore)
		case i > 0 && (k.Bits <= knots[i-1].Bits || k.Probability < knots[i-1].Probability):
			return fmt.Errorf("calibration: knot %d does not rise", i)
		}
	}
	return nil
}
