// Package matching answers who a contact is and which profiles are the same person. It is pure: no store, no clock.
package matching

import (
	"usher/matching/compare"
	"usher/matching/normal"
)

// Fit says how two names stand to each other.
type Fit int

// The fits. Unknown: a name is missing, or the two cannot be compared.
const (
	Unknown Fit = iota
	Fits
	Contradicts
)

// CompareNames says whether two names can be one person's. It is symmetric. The words of the shorter one must each find a partner in the longer: equal, a short form, another spelling or romanisation, an initial, or a slip of the pen in a long word.
func CompareNames(a, b string) Fit {
	left, right := normal.ParseName(a), normal.ParseName(b)
	return FitOf(compare.Names(&left, &right))
}

// FitAmong says how a name stands to those that somebody is known by: it fits by any of them, and contradicts if it fits none and contradicts one.
func FitAmong(known []string, name string) Fit {
	best := Unknown
	asked := normal.ParseName(name)
	for _, k := range known {
		one := normal.ParseName(k)
		switch FitOf(compare.Names(&one, &asked)) {
		case Fits:
			return Fits
		case Contradicts:
			best = Contradicts
		}
	}
	return best
}

// FitOf is what a level of the comparison means for attaching. A level that speaks for one person in sum, but could as well be two of a family, contradicts here.
func FitOf(level compare.Level) Fit {
	switch level {
	case compare.Null:
		return Unknown
	case compare.FullLoose, compare.FurtherDiffers, compare.SingleLoose, compare.FamilyOnly, compare.GivenOnly, compare.Contradiction:
		return Contradicts
	}
	return Fits
}
