package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"usher/gateway/contact"
)

// The words that people of the benchmark are made of, the most frequent first: names and places are as unevenly spread as people's are.
var (
	benchGiven = strings.Fields("Maria Anna Ana Peter Michael Thomas Andreas Stefan Christian Julia Laura Sarah Katharina Sabine Martin Daniel Markus Alexander Christine Sandra David Jan Paul Lukas Leon Mia Emma Hannah Sophie Marie " +
		"Olga Dmitry Svetlana Ivan Elena Mehmet Ayşe Fatma Mustafa Ali José Carlos Luis Carmen João Jürgen Jörg Günther François Zoë Małgorzata Piotr Björn Søren Giulia Marco Francesca Nguyen Wei Li Yuki Hiroshi Mohammed Omar Leila")
	benchFamilies = strings.Fields("Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann " +
		"Silva Santos García Fernández Rossi Ferrari Novak Kowalski Nowak Ivanov Petrov Yılmaz Kaya Demir Smith Jones Brown Taylor Nguyen Tran Wang Zhang Chen Kim Park Sato Suzuki Hansen Nielsen Johansson")
	benchCities    = strings.Fields("Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Essen Bremen Dresden Hannover Nürnberg Duisburg Bochum Wuppertal Bielefeld Bonn Münster Mannheim Karlsruhe Augsburg Wiesbaden Kiel Aachen Halle Magdeburg Freiburg Lübeck Erfurt Mainz Rostock Kassel Hagen Potsdam Saarbrücken Ulm Jena Trier")
	benchProviders = strings.Fields("gmail.com gmx.de web.de outlook.com t-online.de yahoo.com icloud.com freenet.de proton.me posteo.de")
	benchTrades    = strings.Fields("Bau Technik Handel Logistik Software Medien Transport Metall Optik Druck")
)

// being is somebody made up: the same one for the same number.
type being struct {
	name, phone, mail, city, postcode, company string
}

// beingOf makes the nth being. Four of five have a number, half an address made of their name, two of five a place, one of eight a company.
func beingOf(n int) being {
	r := rand.New(rand.NewPCG(uint64(n), 20261124))
	given, family := pick(r, benchGiven), familyName(r)
	b := being{name: given + " " + family}
	if r.IntN(10) == 0 {
		b.name = given + " " + pick(r, benchGiven) + " " + family
	}
	if r.IntN(5) > 0 {
		b.phone = fmt.Sprintf("+4915%d%08d", 1+r.IntN(2), n)
	}
	if r.IntN(2) == 0 || b.phone == "" {
		b.mail = fmt.Sprintf("%s.%s%d@%s", plainWord(given), plainWord(family), n%1000, pick(r, benchProviders))
	}
	if r.IntN(5) < 2 {
		city := skewed(r, len(benchCities))
		b.city, b.postcode = benchCities[city], fmt.Sprintf("%02d%03d", 10+city*2, skewed(r, 200))
	}
	if r.IntN(8) == 0 {
		b.company = familyName(r) + " " + pick(r, benchTrades) + " GmbH"
	}
	return b
}

// familyName is one of the frequent ones for every third, else one of 160,000.
func familyName(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return pick(r, benchFamilies)
	}
	var name strings.Builder
	for range 4 {
		name.WriteString(syllables[r.IntN(len(syllables))])
	}
	text := name.String()
	return strings.ToUpper(text[:1]) + text[1:]
}

// skewed is a number below n, low ones far more often: a cube of an even draw.
func skewed(r *rand.Rand, n int) int {
	x := r.Float64()
	return int(x * x * x * float64(n))
}

func pick(r *rand.Rand, words []string) string { return words[skewed(r, len(words))] }

// plainWord is a word as it stands in an address.
func plainWord(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(word))
}

// profile is the being as ingest would have recorded it, and its identities.
func (b being) profile(salt contact.Salt, id string, at time.Time) (contact.Profile, []contact.Identity) {
	p := contact.Profile{
		Name: b.name, NameProvenance: contact.FromChannel, Names: []contact.Name{{Value: b.name, Provenance: contact.FromChannel, FirstSeen: at}},
		Languages: []string{"de"}, Class: contact.Human, Origin: "bench", CreatedAt: at, UpdatedAt: at,
	}
	p.ID = id
	for kind, value := range map[string]string{"city": b.city, "postcode": b.postcode, "organization": b.company} {
		if value != "" {
			p.Evidence = append(p.Evidence, contact.Evidence{Kind: kind, Left: value, Provenance: contact.Extracted})
		}
	}
	var identities []contact.Identity
	for scheme, value := range map[contact.Scheme]string{contact.Tel: b.phone, contact.Mailto: b.mail} {
		if value == "" {
			continue
		}
		i := contact.Identity{
			Scheme: scheme, Value: value, ProfileID: p.ID, Origin: &contact.Origin{By: "bench", ProfileID: p.ID},
			Raw: []string{value}, Provenance: contact.FromChannel, Assurance: contact.None, FirstSeen: at,
		}
		i.ID = salt.IdentityID(scheme, "", value, "")
		i.Of = i.ID
		identities = append(identities, i)
		p.Points = append(p.Points, contact.Point{ID: i.ID, Scheme: scheme, Value: value, Provenance: contact.FromChannel})
	}
	return p, identities
}
