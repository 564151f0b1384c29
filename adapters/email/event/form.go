package event

import (
	"cmp"
	"regexp"
	"strings"

	"usher/adapters/email/sender"
	"usher/gateway/contact"
)

// The labels that forms put before the address and the name of whoever filled them in.
var (
	formAddress = regexp.MustCompile(`(?im)^[ \t>*]*(?:(?:your|ihre|deine|votre|su|tu|il tuo|o seu) )?(?:e-?mail(?:[- ]?(?:address|adresse))?|mail(?:adresse)?|adresse (?:e-?)?mail|courriel|correo(?: electrónico)?|posta elettronica|adres e-?mail|eposta|e-post(?:adress)?|почта|эл\. почта|メール(?:アドレス)?|邮箱|電子郵件|이메일)[ \t]*[*]?[ \t]*[:：=|][ \t]*<?([^\s<>]{1,64}@[^\s<>]{1,255})>?`)
	formName    = regexp.MustCompile(`(?im)^[ \t>*]*(?:(?:your|ihr|dein|votre|su|tu|il tuo|o seu) )?(?:(?:full |vollständiger )?name|vor- und nachname|nom(?: complet)?|nombre(?: completo)?|nome(?: completo)?|imię i nazwisko|jméno|namn|navn|naam|ad soyad|имя|姓名|お名前|氏名|이름)[ \t]*[*]?[ \t]*[:：=|][ \t]*(\S.{0,120}?)[ \t]*$`)
	formGiven   = regexp.MustCompile(`(?im)^[ \t>*]*(?:(?:your|ihr|dein|votre|su|tu|il tuo|o seu) )?(?:first[ -]?name|given[ -]?name|vorname|prénom|imię|voornaam|förnamn|fornavn|etunimi|keresztnév|prenume)[ \t]*[*]?[ \t]*[:：=|][ \t]*(\S.{0,60}?)[ \t]*$`)
	formFamily  = regexp.MustCompile(`(?im)^[ \t>*]*(?:(?:your|ihr|dein|votre|su|tu|il tuo|o seu) )?(?:last[ -]?name|family[ -]?name|surname|nachname|familienname|nom de famille|apellidos?|cognome|sobrenome|apelido|nazwisko|příjmení|achternaam|efternamn|efternavn|etternavn|sukunimi|soyadı?|фамилия|прізвище)[ \t]*[*]?[ \t]*[:：=|][ \t]*(\S.{0,60}?)[ \t]*$`)
)

// person is whom a registered relay's text names, where its header names nobody: a claim in the relay's scope.
func (m mail) person() sender.Contact {
	who := m.who
	who.Provenance, who.Source = contact.Claimed, sender.InBody
	text := clip(m.message.Text)
	if found := formAddress.FindStringSubmatch(text); found != nil && !m.Policy.Ours(found[1]) {
		who.Key = sender.KeyOf(strings.TrimRight(found[1], ".,;"))
	}
	if name := nameIn(text); name != "" {
		who.Name = sender.Clean(name, who.Addr).Text
	}
	return who
}

// nameIn is the name that a form's text tells. Where it asks for the two parts apart, one of them may be labelled only "Name".
func nameIn(text string) string {
	name, given, family := labelled(formName, text), labelled(formGiven, text), labelled(formFamily, text)
	if given != "" {
		return strings.TrimSpace(given + " " + cmp.Or(family, name))
	}
	return strings.TrimSpace(name + " " + family)
}

func labelled(label *regexp.Regexp, text string) string {
	if found := label.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}
