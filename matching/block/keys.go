// Package block says which profiles are worth comparing: those that share a key. A key is eight bytes; a profile has at most thirty-two.
package block

import (
	"slices"
	"strings"

	"usher/matching/compare"
	"usher/matching/normal"
)

// Limits of blocking: keys of a profile, profiles that may hold one key before it is hot, and candidates of a lookup.
const (
	MaxKeys       = 32
	StrongCap     = 120
	WeakCap       = 60
	MaxCandidates = 200
	MaxRows       = 1000 // of keys and their holders that a lookup reads
)

// Which candidates are worth it. A key tells the binary logarithm of how many times fewer hold it than there are profiles.
const (
	leastShare    = 0.5  // of what it takes to single out one profile; who shares less is left out
	fewCandidates = 24   // of those whom the common keys do not single out
	fewProfiles   = 1000 // a smaller store is judged as if it had as many: its first profiles are worth comparing all
)

// Key is one key of a profile.
type Key struct {
	Hash uint64
	Kind string // what it is made of
	Text string // the value, for the explanation of a key that is too hot to use
	Weak bool
}

// Cap is how many profiles may hold the key before it is ignored.
func (k Key) Cap() int {
	if k.Weak {
		return WeakCap
	}
	return StrongCap
}

// Hashes are the keys as they are stored.
func Hashes(keys []Key) []uint64 {
	all := make([]uint64, len(keys))
	for i, k := range keys {
		all[i] = k.Hash
	}
	return all
}

// Keys are a profile's keys, each once: the strong ones first, and what is only quoted behind what is the person's own, so that whoever names many addresses is still found by their own number and name.
func Keys(r *compare.Record) []Key {
	k := keys{seen: make(map[uint64]bool, MaxKeys)}
	k.points(r, own)
	k.documents(r)
	for i := range r.Names {
		k.name(r, &r.Names[i])
	}
	k.mailNames(r, own)
	k.mentions(r)
	k.places(r)
	for i := range r.Names {
		k.words(&r.Names[i])
	}
	k.points(r, quoted)
	k.mailNames(r, quoted)
	slices.SortStableFunc(k.all, func(a, b Key) int { return rank(a) - rank(b) })
	return k.all[:min(len(k.all), MaxKeys)]
}

func rank(k Key) int {
	if k.Weak {
		return 1
	}
	return 0
}

type keys struct {
	all  []Key
	seen map[uint64]bool
}

// maxMade is how many keys are made at most, of which the first are kept.
const maxMade = 8 * MaxKeys

func (k *keys) strong(kind string, parts ...string) { k.add(kind, false, parts) }
func (k *keys) weak(kind string, parts ...string)   { k.add(kind, true, parts) }

// add leaves out a key of which a part is missing.
func (k *keys) add(kind string, weak bool, parts []string) {
	if len(k.all) >= maxMade || slices.Contains(parts, "") {
		return
	}
	text := strings.Join(parts, " ")
	hash := hashOf(kind, text)
	if !k.seen[hash] {
		k.seen[hash] = true
		k.all = append(k.all, Key{Hash: hash, Kind: kind, Text: text, Weak: weak})
	}
}

// hashOf is FNV-1a: the keys are stored, so the function must never change.
func hashOf(kind, text string) uint64 {
	h := uint64(14695981039346656037)
	for _, s := range [...]string{kind, "\x00", text} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return h
}

// The kinds of the keys of numbers and addresses.
const (
	mailKind  = "mail"
	phoneKind = "phone"
)

// whose says which contact points keys are made of.
type whose bool

const (
	own    whose = false
	quoted whose = true // only found in a text
)

// points are the keys of contact points.
func (k *keys) points(r *compare.Record, of whose) {
	for i := range r.Mails {
		m := &r.Mails[i]
		if whose(m.Quoted) != of {
			continue
		}
		k.strong(mailKind, m.Weak)
		if m.Kind != normal.Role && m.Kind != normal.Relay && len(m.Local) >= 4 {
			k.weak("local", m.Local)
			k.weak("local prefix", m.Local[:min(len(m.Local), 7)], m.Domain)
			k.weak("local beginning", m.Local[:min(len(m.Local), 5)])
			if m.Kind == normal.Personal {
				k.weak("domain", bones(m.Domain))
			}
		}
	}
	for _, p := range r.Phones {
		if whose(p.Quoted) == of {
			k.strong(phoneKind, p.Key)
			k.weak("phone end", p.Key[max(0, len(p.Key)-8):])
		}
	}
	for _, h := range r.Handles {
		if whose(h.Quoted) == of {
			k.strong("handle", h.Key)
		}
	}
}

// documents are the keys of what is a person's own: a document's number, a day of birth.
func (k *keys) documents(r *compare.Record) {
	for _, t := range r.Texts[compare.Reference] {
		k.strong("reference", t.Key)
	}
	for _, d := range r.Dates {
		k.weak("born", d.Digits)
		k.weak("born month", d.Digits[:6])
		k.weak("birthday", d.Digits[4:])
		for _, t := range r.Texts[compare.City] {
			k.weak("city born", bones(t.Key), d.Digits[:4])
			k.weak("city birthmonth", bones(t.Key), d.Digits[4:6])
		}
	}
}

// maxMentions is how many numbers that were mentioned make keys: who writes often mentions many, and other keys need their place.
const maxMentions = 8

// mentions are the keys of orders and tickets. Read from the end: the values are in order, and younger numbers are usually greater.
func (k *keys) mentions(r *compare.Record) {
	texts := r.Texts[compare.Mentioned]
	for _, t := range texts[max(0, len(texts)-maxMentions):] {
		k.strong("mentioned", t.Key)
	}
}

// name are the keys of a name, alone and together with what else is known.
func (k *keys) name(r *compare.Record, n *normal.Name) {
	first, last := ends(n)
	k.both("names", first.Bones, last.Bones)
	for _, formal := range first.Kin {
		k.weak("short form", string(rune(formal)), last.Bones)
	}
	for _, other := range n.Tokens[min(1, len(n.Tokens)):] {
		k.both("names", first.Bones, other.Bones)
	}
	for _, t := range []normal.Token{first, last} {
		for _, d := range r.Dates {
			k.weak("name born", t.Bones, d.Digits)
			k.weak("name year", t.Bones, d.Digits[:4])
		}
		k.textsWith(r, compare.Postcode, "name postcode", t.Bones)
		for _, c := range r.Texts[compare.City] {
			k.weak("name city", t.Bones, bones(c.Key))
		}
		k.textsWith(r, compare.Organization, "name organization", t.Bones)
		for f := compare.Other; f < compare.Fields; f++ {
			k.textsWith(r, f, "name "+f.String(), t.Bones)
		}
		for _, p := range r.Phones {
			k.weak("name phone", t.Bones, p.Key[:min(len(p.Key), 7)])
		}
	}
}

// ends are the first given name and the last family name; of a single word it is the same one.
func ends(n *normal.Name) (first, last normal.Token) {
	if len(n.Tokens) == 0 {
		return first, last
	}
	return n.Tokens[0], n.Tokens[len(n.Tokens)-1]
}

// both is a key of two words in any order.
func (k *keys) both(kind, a, b string) {
	if a == b {
		return
	}
	k.strong(kind, min(a, b), max(a, b))
}

func (k *keys) textsWith(r *compare.Record, f compare.Field, kind, word string) {
	for _, t := range r.Texts[f] {
		k.weak(kind, word, t.Key)
	}
}

// mailNames are the names that local parts are made of.
func (k *keys) mailNames(r *compare.Record, of whose) {
	for i := range r.Mails {
		m := &r.Mails[i]
		if whose(m.Quoted) != of || m.Kind == normal.Role || m.Kind == normal.Relay || len(m.Words) < 2 {
			continue
		}
		k.both("names", normal.Bones(m.Words[0]), normal.Bones(m.Words[len(m.Words)-1]))
	}
}

// places are the keys of streets and of further columns.
func (k *keys) places(r *compare.Record) {
	for _, c := range r.Texts[compare.City] {
		k.weak("city", bones(c.Key))
		k.textsWith(r, compare.Postcode, "city postcode", bones(c.Key))
	}
	for _, f := range []compare.Field{compare.Street, compare.Other, compare.Other2, compare.Other3, compare.Other4} {
		for _, t := range r.Texts[f] {
			if len(t.Key) >= 5 {
				k.weak("place", bones(t.Key))
			}
		}
	}
}

// words are the single words of a name: useful where they are rare, ignored where they are not.
func (k *keys) words(n *normal.Name) {
	for i := range n.Tokens {
		if len(n.Tokens[i].Text) > 1 {
			k.weak("word", n.Tokens[i].Bones)
		}
	}
}

// bones is the skeleton of a text of several words.
func bones(text string) string { return normal.Bones(strings.ReplaceAll(text, " ", "")) }
