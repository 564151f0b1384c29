// Package mention finds in what somebody wrote or said the contact points and the numbers of orders and tickets that they mention, each with its place. What is found supports a match and identifies nobody. It knows no workspace: whose a value is, is the caller's to judge.
package mention

import (
	"cmp"
	"slices"
	"strings"
)

// Kind says what was found, in the words of evidence.
type Kind string

// The kinds.
const (
	Mail      Kind = "mailto"
	Tel       Kind = "tel"
	Reference Kind = "reference" // of an order, a ticket, an invoice
)

// Found is a value in a text: the bytes from Start up to but not including End.
type Found struct {
	Kind       Kind
	Value      string // an address as it is written, a number's digits, a reference in its normal form
	Name       string // of the pattern that found a reference; empty: the one for every workspace
	Start, End int
}

// Limits of what is read.
const (
	maxFound = 64         // values of a text
	maxRead  = 128 * 1024 // bytes of a text
)

// In finds what a text mentions, in its order, each value once. A number that is a reference is no telephone's.
func In(text string, patterns []Pattern) []Found {
	text = text[:min(len(text), maxRead)]
	f := finder{text: text}
	f.references(patterns)
	if strings.Contains(text, "@") {
		for _, at := range Addresses(text) {
			f.add(Found{Kind: Mail, Value: text[at[0]:at[1]], Start: at[0], End: at[1]})
		}
	}
	for _, p := range Phones(text) {
		if !p.Fax {
			f.add(Found{Kind: Tel, Value: Digits(text[p.Start:p.End]), Start: p.Start, End: p.End})
		}
	}
	return f.inOrder()
}

// Said finds what a transcript mentions: addresses are spelled in it.
func Said(text string, patterns []Pattern) []Found {
	text = text[:min(len(text), maxRead)]
	f := finder{text: text, found: In(text, patterns)}
	f.spelled()
	return f.inOrder()
}

// finder gathers values that do not overlap.
type finder struct {
	text  string
	found []Found
}

func (f *finder) add(one Found) {
	taken := func(o Found) bool {
		return one.Start < o.End && o.Start < one.End || one.Kind == o.Kind && one.Value == o.Value
	}
	if one.Value != "" && len(f.found) < maxFound && !slices.ContainsFunc(f.found, taken) {
		f.found = append(f.found, one)
	}
}

func (f *finder) inOrder() []Found {
	slices.SortFunc(f.found, func(a, b Found) int { return cmp.Compare(a.Start, b.Start) })
	return f.found
}
