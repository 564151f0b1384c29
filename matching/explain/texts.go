package explain

import (
	"strings"

	"usher/matching/compare"
)

// language is how the codes of an explanation read: the only place where texts stand.
type language struct {
	fields map[compare.Field]string
	levels map[string]string // by the level's code
	prior  string
	rare   string // what a rare value adds
	common string
	causes map[string]string
}

// Languages are those that explanations can be read in, the first where no other is asked for.
var Languages = []string{"en", "de"}

var languages = map[string]language{
	"en": {
		prior: "before anything is compared", rare: "as the value is rare", common: "as the value is common",
		fields: map[compare.Field]string{
			compare.Name: "name", compare.Mail: "e-mail", compare.Address: "e-mail against name", compare.Phone: "telephone", compare.Handle: "account", compare.Organization: "organization",
			compare.Street: "street", compare.City: "city", compare.Region: "region", compare.Postcode: "postcode", compare.Country: "country", compare.BirthDate: "date of birth", compare.Language: "language",
			compare.Reference: "document", compare.Mentioned: "order or ticket mentioned", compare.Other: "other", compare.Other2: "other (2)", compare.Other3: "other (3)", compare.Other4: "other (4)",
		},
		levels: map[string]string{
			"same": "the same", "other": "another", "close": "one slip apart", "fuzzy": "alike", "near": "one sign apart", "shared": "the same, used by several people",
			"full_exact": "the same in full", "full_close": "the same in another spelling or short form", "full_fuzzy": "sounds the same in full", "family_initial": "the same family name and initial", "full_loose": "alike in full",
			"given_weak_family": "the same first name, family names alike", "further_differs": "the same but for a further name", "single_exact": "the same single name", "single_fuzzy": "a single name that sounds the same", "single_loose": "a single name that is alike",
			"family_only": "the family name only", "given_only": "the first name only", "contradiction": "contradicts",
			"same_mailbox": "the same mailbox in another spelling", "same_local": "the same name at another provider", "similar": "alike", "role": "a mailbox of several people", "same_domain": "another at the same domain",
			"full": "made of the whole name", "partial": "made of a part of the name", "initial": "an initial of the name", "none": "not made of the name",
			"slip": "one slip or day and month exchanged", "two_parts": "two parts the same", "one_part": "one part the same",
		},
		causes: map[string]string{
			"made_of_name": "it is made of the name, which counts already", "shared_contact": "a household shares it", "hot_value": "many people use it", "role_mailbox": "several people answer for it",
			"by_postcode": "it follows from the postcode", "by_mail_domain": "it follows from the e-mail domain", "by_phone": "it is made of the telephone number", "counted_once": "another that is the same counts already",
		},
	},
	"de": {
		prior: "bevor etwas verglichen ist", rare: "weil der Wert selten ist", common: "weil der Wert häufig ist",
		fields: map[compare.Field]string{
			compare.Name: "Name", compare.Mail: "E-Mail", compare.Address: "E-Mail gegen Name", compare.Phone: "Telefon", compare.Handle: "Konto", compare.Organization: "Organisation",
			compare.Street: "Straße", compare.City: "Ort", compare.Region: "Region", compare.Postcode: "Postleitzahl", compare.Country: "Land", compare.BirthDate: "Geburtsdatum", compare.Language: "Sprache",
			compare.Reference: "Ausweis", compare.Mentioned: "erwähnte Bestellung oder Vorgang", compare.Other: "Weiteres", compare.Other2: "Weiteres (2)", compare.Other3: "Weiteres (3)", compare.Other4: "Weiteres (4)",
		},
		levels: map[string]string{
			"same": "gleich", "other": "ein anderer Wert", "close": "ein Versehen Unterschied", "fuzzy": "ähnlich", "near": "ein Zeichen Unterschied", "shared": "gleich, von mehreren benutzt",
			"full_exact": "ganz gleich", "full_close": "gleich in anderer Schreibweise oder Kurzform", "full_fuzzy": "klingt ganz gleich", "family_initial": "gleicher Familienname und Anfangsbuchstabe", "full_loose": "im Ganzen ähnlich",
			"given_weak_family": "gleicher Vorname, ähnlicher Familienname", "further_differs": "gleich bis auf einen weiteren Namen", "single_exact": "gleicher einzelner Name", "single_fuzzy": "einzelner Name, der gleich klingt", "single_loose": "einzelner ähnlicher Name",
			"family_only": "nur der Familienname", "given_only": "nur der Vorname", "contradiction": "widerspricht",
			"same_mailbox": "dasselbe Postfach, anders geschrieben", "same_local": "gleicher Name bei anderem Anbieter", "similar": "ähnlich", "role": "ein Postfach mehrerer Leute", "same_domain": "anderes Postfach derselben Domain",
			"full": "aus dem ganzen Namen", "partial": "aus einem Teil des Namens", "initial": "mit einem Anfangsbuchstaben", "none": "nicht aus dem Namen",
			"slip": "ein Versehen oder Tag und Monat vertauscht", "two_parts": "zwei Teile gleich", "one_part": "ein Teil gleich",
		},
		causes: map[string]string{
			"made_of_name": "aus dem Namen gebildet, der schon zählt", "shared_contact": "ein Haushalt teilt es", "hot_value": "viele benutzen es", "role_mailbox": "mehrere Leute antworten dort",
			"by_postcode": "folgt aus der Postleitzahl", "by_mail_domain": "folgt aus der E-Mail-Domain", "by_phone": "aus der Telefonnummer gebildet", "counted_once": "ein anderer gleicher Wert zählt schon",
		},
	},
}

// Text is a code of an explanation, and the cause for which it says nothing, in words. A language that is not among Languages is English, a code that is not known stays as it is.
func Text(lang, code, cause string) string {
	l, ok := languages[lang]
	if !ok {
		l = languages[Languages[0]]
	}
	text := l.text(code)
	if why := l.causes[cause]; why != "" {
		text += " (" + why + ")"
	}
	return text
}

func (l language) text(code string) string {
	switch code {
	case "prior":
		return l.prior
	case "rare":
		return l.rare
	case "common":
		return l.common
	}
	for f := range compare.Fields {
		level, ok := strings.CutPrefix(code, f.String()+"_")
		if words := l.levels[level]; ok && words != "" {
			return l.fields[f] + ": " + words
		}
	}
	return code
}
