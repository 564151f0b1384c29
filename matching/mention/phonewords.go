package mention

import "strings"

// phoneLabels stand before a telephone number; faxLabels before one that nobody answers.
var (
	phoneLabels = words("t|tel|tel.|tél|telefon|telephone|phone|fon|mobile|mobil|mob|cell|m|p|c|o|h|office|direct|direkt|durchwahl|dw|handy|ph|call|whatsapp|wa|telefoon|mobiel|gsm|téléphone|portable|port|fixe|móvil|movil|teléfono|telefono|cellulare|cell.|cel|celular|telemóvel|telefone|ufficio|kom|komórka|telefonszám|puhelin|puh|gsm.|cep|tlf|tlf.|mobiltelefon|mobilnr|тел|телефон|моб|мобильный|мобільний|τηλ|τηλέφωνο|κιν|κινητό|هاتف|جوال|موبايل|טלפון|נייד|טל|تلفن|موبایل|همراه|电话|手机|電話|手機|携帯|전화|휴대폰|핸드폰|điện|hp|telp|โทร|direct|desk|main|mobilni|mob.no|b|d|e-tel|☎|📞|📱|✆")
	faxLabels   = words("f|fax|telefax|fax-nr|faks|φαξ|факс|فاكس|פקס|فکس|نمابر|传真|傳真|ファックス|팩스|télécopie|fx|télécopieur|telecopy|ファクス")
	notPhones   = words("invoice|order|ticket|ref|reference|kundennummer|rechnung|bestellnummer|bestellung|vorgang|iban|konto|account|vat|ust-id|ustid|hrb|hrg|siret|siren|siret|rcs|kvk|btw|nip|regon|krs|ičo|dič|piva|p.iva|p. iva|cif|nif|cnpj|cpf|инн|огрн|кпп|єдрпоу|steuernummer|blz|bic|tracking|sendungsnummer|aktenzeichen|facture|commande|factura|pedido|fattura|ordine|nota fiscal|protocolo|id|nr|no|n°|nº|№|#|case|code|pin|registered|registration|number of|abn|acn|ein|company|version|c.f|cui|y-tunnus|org.nr|orgnr|cvr|serial|s/n|isbn|issn")
)

// words is a set of folded words, given with bars between them.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.SplitSeq(list, "|") {
		set[Fold(word)] = true
	}
	return set
}
