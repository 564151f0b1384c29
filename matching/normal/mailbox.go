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
}

// RoleMailbox reports whether an address's local part names a function that several people answer for.
func RoleMailbox(local string) bool { return roleMailboxes[strings.ToLower(local)] }

// automatic are local parts that no person reads or writes.
var automatic = []string{"noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "bounces", "notifications", "notification", "autoreply"}

// AutomaticMailbox reports whether an address's local part is a machine's.
func AutomaticMailbox(local string) bool {
	local, _, _ = strings.Cut(strings.ToLower(local), "+")
	local = strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	for _, word := range automatic {
		if local == word {
			return true
		}
	}
	return false
}
