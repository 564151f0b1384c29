package normal

import "strings"

// roleMailboxes are local parts that name a function (RFC 2142 and common practice), not a person.
var roleMailboxes = map[string]bool{
	"info": true, "support": true, "sales": true, "office": true, "contact": true, "admin": true, "hello": true, "team": true, "service": true, "help": true,
	"helpdesk": true, "marketing": true, "billing": true, "accounts": true, "accounting": true, "invoice": true, "invoices": true, "hr": true, "jobs": true, "press": true,
	"webmaster": true, "hostmaster": true, "abuse": true, "security": true, "noc": true, "orders": true, "reception": true, "mail": true, "post": true,
	"kontakt": true, "buero": true, "vertrieb": true, "verwaltung": true, "rechnung": true, "contacto": true, "ventas": true, "ufficio": true, "commercial": true,
	"bestellungen": true, "sekretariat": true, "purchasing": true, "procurement": true, "achats": true, "acquisti": true, "inkoop": true,
	"buchhaltung": true, "einkauf": true, "verkauf": true, "empfang": true, "zentrale": true, "bestellung": true, "anfrage": true, "bewerbung": true, "datenschutz": true, "kundenservice": true, "praxis": true, "kanzlei": true,
	"administracion": true, "compras": true, "contato": true, "vendas": true, "comercial": true, "amministrazione": true, "segreteria": true, "ordini": true, "comptabilite": true, "accueil": true, "secretariat": true,
	"biuro": true, "sprzedaz": true, "obchod": true, "bilgi": true, "destek": true, "enquiries": true, "inquiries": true, "customerservice": true, "privacy": true, "legal": true, "newsletter": true, "shop": true,
	"kundendienst": true, "rezeption": true, "rechnungen": true, "beschwerde": true, "reklamation": true, "werkstatt": true, "versand": true, "personal": true, "hausverwaltung": true, "dispo": true,
	"careers": true, "feedback": true, "frontdesk": true, "bookings": true, "reservations": true, "returns": true, "complaints": true, "finance": true, "payroll": true, "it": true, "media": true,
	"servicio": true, "soporte": true, "atencion": true, "atencionalcliente": true, "facturacion": true, "recepcion": true, "pedidos": true, "reservas": true, "oficina": true,
	"suporte": true, "atendimento": true, "financeiro": true, "faturamento": true, "assistenza": true, "fatturazione": true, "prenotazioni": true, "vendite": true, "contatti": true,
	"serviceclient": true, "facturation": true, "reclamation": true, "bonjour": true, "devis": true, "klantenservice": true, "administratie": true, "boekhouding": true, "verkoop": true,
	"kundservice": true, "kundeservice": true, "ordre": true, "faktura": true, "asiakaspalvelu": true, "myynti": true, "sekretariatet": true, "faktury": true, "ksiegowosc": true, "zamowienia": true, "reklamacje": true, "zakupy": true,
	"podpora": true, "fakturace": true, "objednavky": true, "ugyfelszolgalat": true, "iroda": true, "comenzi": true, "vanzari": true, "satis": true, "muhasebe": true, "iletisim": true, "siparis": true,
	"zakaz": true, "buhgalteria": true, "prodazhi": true, "otdel": true, "priemnaya": true,
}

// RoleMailbox reports whether an address's local part names a function that several people answer for: by one word, which may be followed by further such words, numbers, and codes of two letters as of a country (sales-de, support.team, info2).
func RoleMailbox(local string) bool {
	words := strings.FieldsFunc(strings.ToLower(local), func(r rune) bool { return strings.ContainsRune(".-_+", r) })
	for i, w := range words {
		word := strings.TrimRight(w, "0123456789")
		code := i > 0 && (word == "" || len(word) == 2)
		if !roleMailboxes[word] && !code {
			return false
		}
	}
	return len(words) > 0
}

// automatic are local parts that no person reads or writes.
var automatic = []string{"noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "bounces", "notifications", "notification", "autoreply"}

// separators part the words of a local part.
var separators = strings.NewReplacer("-", "", "_", "", ".", "")

// AutomaticMailbox reports whether an address's local part is a machine's.
func AutomaticMailbox(local string) bool {
	local, _, _ = strings.Cut(strings.ToLower(local), "+")
	local = separators.Replace(local)
	for _, word := range automatic {
		if local == word {
			return true
		}
	}
	return false
}
