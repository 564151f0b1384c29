// Package explain tells how a score came about, part by part. The parts add up to the score.
package explain

import (
	"usher/matching/compare"
	"usher/matching/weights"
)

// Explanation is a score and its parts.
type Explanation struct {
	Model       string
	Start       float64 // what the score begins with: how rare it is that two records are one person's
	Terms       []Term
	Score       float64
	Probability float64
}

// Term is what one field says.
type Term struct {
	Code   string // field and level, as phone_same
	Left   string
	Right  string
	Base   float64 // the level's weight in bits
	Rarity float64 // because the value is rarer or more common than others
	Shift  float64 // because decisions have taught so
	Cause  string  // why the field says nothing, if another says it already
}

// Bits is what the term adds to the score.
func (t Term) Bits() float64 { return t.Base + t.Rarity + t.Shift }

// Explain computes the score of a pattern with all its parts.
func Explain(m *weights.Model, p *compare.Pattern, a, b *compare.Record) Explanation {
	e := Explanation{Model: m.Version, Start: m.Start(), Score: m.Start()}
	for f := range compare.Fields {
		if p[f].Level == compare.Null {
			continue
		}
		t := m.Term(p, f)
		left, right := shown(p, f, a, b)
		e.Terms = append(e.Terms, Term{
			Code: Code(f, t.Level), Left: left, Right: right, Base: t.Base, Rarity: t.Rarity, Shift: t.Shift, Cause: t.Cause.String(),
		})
		e.Score += t.Bits()
		for _, further := range compare.Further(p, f, a, b) {
			e.Terms = append(e.Terms, Term{
				Code: Code(f, t.Level), Left: value(a, f, int(further.Left)), Right: value(b, f, int(further.Right)), Cause: further.Cause.String(),
			})
		}
	}
	e.Probability = m.Probability(e.Score)
	return e
}

// Code names a level of a field, from which texts in any language are made.
func Code(f compare.Field, l compare.Level) string { return f.String() + "_" + f.Codes()[l] }

// shown are the two values that a field's outcome rests on, as they were written.
func shown(p *compare.Pattern, f compare.Field, a, b *compare.Record) (left, right string) {
	if f == compare.Address {
		return addressSide(a, int(p[f].Left)), addressSide(b, int(p[f].Right))
	}
	return value(a, f, int(p[f].Left)), value(b, f, int(p[f].Right))
}

// addressSide is what a record brings where an address is held against a name.
func addressSide(r *compare.Record, i int) string {
	if i >= compare.NamesFrom {
		return value(r, compare.Name, i-compare.NamesFrom)
	}
	return value(r, compare.Mail, i)
}

func value(r *compare.Record, f compare.Field, i int) string {
	switch {
	case f == compare.Name && i < len(r.Names):
		return r.Names[i].Raw
	case f == compare.Mail && i < len(r.Mails):
		return r.Mails[i].Key
	case f == compare.Phone && i < len(r.Phones):
		return r.Phones[i].Key
	case f == compare.Handle && i < len(r.Handles):
		return r.Handles[i].Raw
	case f == compare.BirthDate && i < len(r.Dates):
		return r.Dates[i].Raw
	case i < len(r.Texts[f]):
		return r.Texts[f][i].Raw
	}
	return ""
}
