package weights

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// priorSightings is how many sightings the shipped list of names is worth: it decides while a store is new, and is forgotten by a few thousand profiles.
const priorSightings = 50.0

// rarest is the least share that a word is taken to have.
const rarest = 1e-5

// census is how common words of names are before anything was counted.
type census struct {
	shares map[string]float64
	usual  float64 // the chance that two people's words agree
}

// names holds a word and its share in millionths a line; NOTICE says where it is from.
//
//go:embed names.txt
var names string

var shippedNames = sync.OnceValue(func() *census {
	c := &census{shares: map[string]float64{}}
	for line := range strings.Lines(names) {
		word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		millionths, err := strconv.ParseFloat(number, 64)
		if err != nil {
			panic("reading the shipped names: " + err.Error()) // a test reads them too
		}
		c.shares[word] = millionths / 1e6
		c.usual += c.shares[word] * c.shares[word]
	}
	return c
})

// KnownNames is NewCounts for a store: how common names are is known from the shipped list until enough were counted.
func KnownNames() *Counts {
	c := NewCounts()
	c.prior = shippedNames()
	return c
}
