package mention

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern finds the references of one kind, as a workspace writes them.
type Pattern struct {
	Name       string
	Expression *regexp.Regexp // its first group is the reference; without one, the whole match
}

// Bounds of a reference, in letters and digits.
const (
	minReference = 5
	maxReference = 40
	minNumeral   = 4 // of its letters and digits, how many are digits
)

// references finds them by the workspace's own patterns first, then behind a word for an order, a ticket or an invoice, then behind a hash.
func (f *finder) references(patterns []Pattern) {
	for _, p := range patterns {
		for _, m := range p.Expression.FindAllStringSubmatchIndex(f.text, maxFound) {
			start, end := m[0], m[1]
			if len(m) > 3 && m[2] >= 0 {
				start, end = m[2], m[3]
			}
			if value := NormalReference(f.text[start:end]); len(value) <= maxReference {
				f.add(Found{Kind: Reference, Value: value, Name: p.Name, Start: start, End: end})
			}
		}
	}
	if CountDigits(f.text) < minNumeral {
		return
	}
	for _, m := range identifier.FindAllStringIndex(f.text, 4*maxFound) {
		value := NormalReference(f.text[m[0]:m[1]])
		if isReference(value) && f.isWhole(m[0], m[1]) && (f.named(m[0]) || f.hashed(m[0]) && startsNumeral(value)) {
			f.add(Found{Kind: Reference, Value: value, Start: m[0], End: m[1]})
		}
	}
}

func isReference(value string) bool {
	return len(value) >= minReference && len(value) <= maxReference && CountDigits(value) >= minNumeral
}

// startsNumeral parts #12345 and #AB-12345 from a hashtag.
func startsNumeral(value string) bool { return CountDigits(value[:3]) > 0 }

// isWhole reports whether letters and digits are no date, no price and no piece of something longer.
func (f *finder) isWhole(start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(f.text[:start])
	after, _ := utf8.DecodeRuneInString(f.text[end:])
	return !glues(before) && !strings.ContainsRune("+", before) && !glues(after) &&
		!datePattern.MatchString(strings.Map(plainRune, f.text[start:end])) && !isAmount(f.text[end:])
}

// hashed reports whether a hash stands before a number by itself: #12345, and not &#12345; or a link's fragment.
func (f *finder) hashed(start int) bool {
	before := strings.TrimSuffix(f.text[:start], " ")
	rest, hash := strings.CutSuffix(before, "#")
	if !hash {
		rest, hash = strings.CutSuffix(before, "№")
	}
	sign, _ := utf8.DecodeLastRuneInString(rest)
	return hash && !glues(sign) && !strings.ContainsRune(";?", sign)
}

// named reports whether the words before a number say that it is an order's, a ticket's, an invoice's: "order number is", "Bestell-Nr.", "注文番号：".
func (f *finder) named(start int) bool {
	before := Fold(strings.ToValidUTF8(f.text[max(0, start-maxBefore):start], ""))
	words := strings.FieldsFunc(before, func(r rune) bool { return strings.ContainsRune(" .:=#№([-–*\"'º°", r) })
	for i := len(words) - 1; i >= max(0, len(words)-maxWords); i-- {
		switch w := words[i]; {
		case isNamed(w):
			return true
		case !fillers[w]:
			return false
		}
	}
	return false
}

// Bounds of what is read before a number, in bytes and in words.
const (
	maxBefore = 64
	maxWords  = 4
)

// isNamed reports whether a word names what has a number, also with the word for number behind it.
func isNamed(word string) bool {
	if referenceWords[word] || referenceWords[strings.TrimSuffix(word, "s")] || hasSuffixOf(word, unspaced) {
		return true
	}
	for _, number := range numberEnds {
		if stem, ok := strings.CutSuffix(word, number); ok && (referenceWords[stem] || referenceWords[strings.TrimSuffix(stem, "s")] || hasSuffixOf(stem, unspaced)) {
			return true
		}
	}
	return false
}

func hasSuffixOf(word string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(word, end) })
}

// NormalReference is a reference without separators, in capitals and ASCII digits: RE-2026/1234 is RE20261234.
func NormalReference(written string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r = plainRune(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, written))
}

// referenceWords name what has a number of its own, in the languages that most customers write, folded.
var referenceWords = words("order|orders|ticket|case|invoice|booking|reservation|reference|ref|claim|complaint|shipment|tracking|contract" +
	"|bestellung|bestell|auftrag|rechnung|vorgang|buchung|reklamation|kunden|vertrag|aktenzeichen|az" +
	"|commande|facture|dossier|réservation|référence|réf|contrat" +
	"|pedido|factura|reserva|referencia|expediente|incidencia|contrato" +
	"|ordine|fattura|pratica|prenotazione|riferimento|rif" +
	"|encomenda|fatura|protocolo|referência" +
	"|bestelling|bestel|factuur|boeking|zaak|klant" +
	"|zamówienie|zamówienia|faktura|faktury|zgłoszenie|zgłoszenia|rezerwacja|rezerwacji" +
	"|objednávka|objednávky|objednávku|reklamace" +
	"|sipariş|talep|rezervasyon" +
	"|заказ|заказа|счёт|счет|счета|заявка|заявки|заявку|обращение|обращения|бронь|договор|замовлення|рахунок" +
	"|beställning|ärende|bestilling|sag|sak|ordre|طلب|الطلب|فاتورة|الفاتورة|הזמנה|חשבונית")

// unspaced are such words of scripts that put no blanks between words.
var unspaced = strings.Split("订单|訂單|发票|發票|工单|注文|請求書|주문|송장", "|")

// fillers may stand between the word and its number; numberEnds end compounds.
var (
	fillers    = words("number|numbers|num|no|nr|id|code|nummer|numéro|número|numero|numer|číslo|numarası|номер|номера|رقم|מספר|n|is|ist|lautet|est|es|è|é|är|er|was|war|my|the")
	numberEnds = strings.Split("nummer|nr|numarası|番号|번호|编号|編號|号|號|id", "|")
)

// identifier is what a reference looks like: a few letters, then letters and digits, in groups.
var identifier = regexp.MustCompile(`(?:[A-Za-z]{1,5}[-/_.]?)?[0-9٠-٩۰-۹０-９][0-9A-Za-z٠-٩۰-۹０-９]{2,}(?:[-/_.][0-9A-Za-z٠-٩۰-۹０-９]+)*|(?:[A-Za-z]{1,5}[-/_.]?)?[0-9٠-٩۰-۹０-９][0-9A-Za-z٠-٩۰-۹０-９]?(?:[-/_.][0-9A-Za-z٠-٩۰-۹０-９]+)+`)
