package weights

import (
	"math"

	"usher/matching/compare"
)

// Counts is how often each value of each field was seen. It tells how rare a value is.
type Counts struct {
	fields [compare.Fields]tally
	prior  *census // of name words; nil: none is known but those counted
}

type tally struct {
	total  float64
	square float64 // the sum of the squares of the counts
	values map[string]float64
}

// smoothing is how many sightings the prior chance of a value is worth.
const smoothing = 1.0

// NewCounts holds no values.
func NewCounts() *Counts {
	c := &Counts{}
	for f := range c.fields {
		c.fields[f].values = map[string]float64{}
	}
	return c
}

// Add counts one profile's values, each once.
func (c *Counts) Add(r *compare.Record) {
	for _, n := range r.Names {
		for i := range n.Tokens {
			c.fields[compare.Name].add(n.Tokens[i].Text)
		}
	}
	for _, m := range r.Mails {
		c.fields[compare.Mail].add(m.Key)
	}
	for _, p := range r.Phones {
		c.fields[compare.Phone].add(p.Key)
	}
	for _, d := range r.Dates {
		c.fields[compare.BirthDate].add(d.Digits)
	}
	for f := range r.Texts {
		for _, t := range r.Texts[f] {
			c.fields[f].add(t.Key)
		}
	}
}

func (t *tally) add(value string) {
	n := t.values[value]
	t.values[value] = n + 1
	t.total++
	t.square += 2*n + 1
}

// Rarity is the binary logarithm of the usual chance of agreement over this value's. Nothing is rarer than what was seen once in all.
func (c *Counts) Rarity(f compare.Field, value string) float64 {
	t := &c.fields[f]
	if f == compare.Name && c.prior != nil {
		return t.rarityWith(c.prior, value)
	}
	if t.total < 2 {
		return 0
	}
	usual := t.square / (t.total * t.total)
	share := (t.values[value] + smoothing*usual) / (t.total + smoothing)
	return math.Log2(usual / max(share, 1/t.total))
}

// rarityWith is the rarity where it is known beforehand how common words are: they count as so many sightings. A word that the list lacks is taken for a usual one, since the list is one country's.
func (t *tally) rarityWith(prior *census, value string) float64 {
	all := t.total + priorSightings
	usual := prior.usual
	if t.total > 1 {
		usual = (priorSightings*usual + t.total*(t.square-t.total)/(t.total*(t.total-1))) / all // of two different sightings
	}
	listed, ok := prior.shares[value]
	if !ok {
		listed = usual
	}
	return math.Log2(usual / max((t.values[value]+priorSightings*listed)/all, rarest))
}
