package matching

import (
	"fmt"
	"testing"

	"usher/matching/block"
	"usher/matching/compare"
	"usher/matching/normal"
	"usher/matching/weights"
)

// crowd makes profiles as a contact centre has them: a name, an address, a number, a handle, a place; every fifth without a name.
func crowd(n int) []*compare.Record {
	given := []string{"Anna", "Jürgen", "Дмитрий", "Mehmet", "Carmen", "John", "محمد", "Olivia", "Łukasz", "Robert"}
	family := []string{"Schmidt", "Müller", "Иванов", "Yılmaz", "Pérez González", "Smith", "حسن", "Brown", "Wójcik", "Taylor-Jones"}
	all := make([]*compare.Record, n)
	for i := range all {
		name := given[i%10] + " " + family[i/10%10]
		values := []compare.Value{
			mailed(fmt.Sprintf("user.%d@example%d.com", i*7919, i%13)), phoned(fmt.Sprintf("+49172%07d", i*104729%10000000), 0),
			{Field: compare.Handle, Text: fmt.Sprintf("wa:+49172%07d", i*104729%10000000)}, {Field: compare.City, Text: "Berlin"}, {Field: compare.Postcode, Text: fmt.Sprint(10000 + i%500)}, {Field: compare.Language, Text: "de"},
		}
		if i%5 != 4 {
			values = append(values, named(name))
		}
		all[i] = compare.Prepare(compare.Profile{ID: fmt.Sprint(i), Values: values})
	}
	return all
}

func BenchmarkPair(b *testing.B) {
	people := crowd(200)
	counts := weights.NewCounts()
	for _, p := range people {
		counts.Add(p)
	}
	m := Matcher{Model: weights.Shipped(), Frequencies: counts}
	i := 0
	for b.Loop() {
		m.Score(people[i%200], people[(i*7+1)%200])
		i++
	}
}

// A lookup is all that is computed for one contact: its forms, its keys, the scores of as many candidates as a contact usually has, the explanation of the best.
func BenchmarkLookup(b *testing.B) {
	people := crowd(4000)
	m := Matcher{Model: weights.Shipped()}
	p := compare.Profile{ID: "x", Values: []compare.Value{named("Jürgen Müller"), mailed("j.mueller@example.com"), phoned("+491721234567", 0), {Field: compare.City, Text: "Berlin"}}}
	candidates := people[:25]
	for b.Loop() {
		r := compare.Prepare(p)
		block.Keys(r)
		if best := m.Rank(r, candidates, 0, 3); len(best) > 0 {
			m.Verdict(r, best[0], nil)
		}
	}
}

// As many candidates as there may be.
func BenchmarkLookupOf200(b *testing.B) {
	people := crowd(200)
	m := Matcher{Model: weights.Shipped()}
	for b.Loop() {
		m.Rank(people[0], people, .01, 3)
	}
}

func BenchmarkPrepare(b *testing.B) {
	p := compare.Profile{ID: "x", Values: []compare.Value{named("Jürgen Müller"), mailed("j.mueller@example.com"), phoned("+491721234567", 0), {Field: compare.City, Text: "Berlin"}}}
	for b.Loop() {
		compare.Prepare(p)
	}
}

func BenchmarkKeys(b *testing.B) {
	r := crowd(1)[0]
	for b.Loop() {
		block.Keys(r)
	}
}

func BenchmarkParseName(b *testing.B) {
	for b.Loop() {
		normal.ParseName("Dr. Jürgen Groß-Schäfer (Acme)")
	}
}

func BenchmarkParseNameCyrillic(b *testing.B) {
	for b.Loop() {
		normal.ParseName("Александр Сергеевич Пушкин")
	}
}

func BenchmarkPhone(b *testing.B) {
	for b.Loop() {
		normal.Phone("+49 172 1234567", "DE")
	}
}
