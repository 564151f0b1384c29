package mapping

// common are the names that many files use, in English and German.
var common = map[string]Meaning{
	"name": Name, "full name": Name, "fullname": Name, "display name": Name, "displayname": Name, "customer": Name, "customer name": Name, "contact": Name, "contact name": Name, "anzeigename": Name, "kunde": Name, "kundenname": Name, "vollständiger name": Name,
	"first name": Given, "firstname": Given, "given name": Given, "givenname": Given, "forename": Given, "vorname": Given,
	"middle name": Middle, "additional name": Middle, "weitere vornamen": Middle,
	"last name": Family, "lastname": Family, "family name": Family, "familyname": Family, "surname": Family, "nachname": Family, "familienname": Family,
	"names": Further, "nickname": Further, "alias": Further, "spitzname": Further, "maiden name": Further,
	"email": Email, "e mail": Email, "mail": Email, "email address": Email, "e mail address": Email, "e mail adresse": Email, "emails": Email, "email #": Email, "e mail #": Email, "primary email": Email, "secondary email": Email, "work email": Email, "home email": Email, "private email": Email,
	"phone": Phone, "phone number": Phone, "telephone": Phone, "telephone number": Phone, "tel": Phone, "mobile": Phone, "mobile phone": Phone, "mobile number": Phone, "cell": Phone, "cell phone": Phone, "phones": Phone, "phone #": Phone, "home phone": Phone, "work phone": Phone, "business phone": Phone,
	"telefon": Phone, "telefonnummer": Phone, "mobil": Phone, "handy": Phone, "handynummer": Phone, "mobiltelefon": Phone, "mobilnummer": Phone, "rufnummer": Phone, "whatsapp": Phone,
	"external id": ExternalID, "externalid": ExternalID, "customer id": ExternalID, "customer number": ExternalID, "kundennummer": ExternalID, "kunden nr": ExternalID, "kundennr": ExternalID, "crm id": ExternalID,
	"organization": Organization, "organisation": Organization, "company": Organization, "company name": Organization, "organization name": Organization, "firma": Organization, "unternehmen": Organization,
	"organization id": OrgID, "organization ids": OrgID, "domain names": Domain, "domains": Domain, "domain": Domain,
	"tags": Tag, "tag": Tag, "labels": Tag, "label": Tag, "categories": Tag, "category": Tag, "groups": Tag, "schlagwörter": Tag, "kategorien": Tag,
	"notes": Note, "note": Note, "comment": Note, "comments": Note, "notizen": Note, "notiz": Note, "bemerkung": Note, "bemerkungen": Note,
	"language": Language, "languages": Language, "locale": Language, "lang": Language, "sprache": Language,
	"street": Street, "address": Street, "street address": Street, "straße": Street, "strasse": Street,
	"city": City, "town": City, "ort": City, "stadt": City, "postcode": Postcode, "postal code": Postcode, "zip": Postcode, "zip code": Postcode, "plz": Postcode, "postleitzahl": Postcode,
	"state": Region, "region": Region, "bundesland": Region, "country": Country, "land": Country,
	"birthday": BirthDate, "birth date": BirthDate, "date of birth": BirthDate, "geburtstag": BirthDate, "geburtsdatum": BirthDate,
}

// tables are the names that one source uses, before the common ones.
var tables = map[Source]map[string]Meaning{
	Zendesk: { // the CSV export, the bulk import's columns, and the users of the JSON and incremental exports
		"id": "external_id:zendesk", "user id": "external_id:zendesk", "name": Name, "alias": Further, "details": "field:details", "signature": Ignore, "user fields": Ignore,
		"organization": Organization, "organization name": Organization, "organization id": OrgID, "organization ids": OrgID, "tags": Tag, "tag": Tag, "locale": Language, "language": Language, "locale id": Ignore, "role": Role, "active": Active,
	},
	ZendeskOrganizations: {
		"id": "external_id:zendesk", "organization id": "external_id:zendesk", "name": Organization, "domain": Domain, "domain names": Domain, "default": Domain, "details": "field:details", "notes": Note, "tags": Tag,
	},
	Google: {
		"e mail # value": Email, "phone # value": Phone, "organization # name": Organization, "organization name": Organization, "address # city": City, "address # postal code": Postcode, "address # street": Street, "address # region": Region, "address # country": Country,
		"group membership": Tag, "labels": Tag, "file as": Ignore, "name prefix": Ignore, "name suffix": Ignore, "photo": Ignore, "location": Ignore,
	},
	Outlook: {
		"e mail # address": Email, "e mail # adresse": Email, "e mail adresse": Email,
		"primary phone": Phone, "home phone #": Phone, "business phone #": Phone, "mobile phone #": Phone, "company main phone": Ignore, "other phone": Phone, "car phone": Phone,
		"haupttelefon": Phone, "telefon privat": Phone, "telefon privat #": Phone, "telefon geschäftlich": Phone, "telefon geschäftlich #": Phone, "mobiltelefon #": Phone, "telefon firma": Ignore, "weiteres telefon": Phone, "autotelefon": Phone,
		"business city": City, "home city": City, "other city": City, "business postal code": Postcode, "home postal code": Postcode, "other postal code": Postcode, "business street": Street, "home street": Street, "other street": Street, "business state": Region, "home state": Region,
		"business country region": Country, "home country region": Country, "other country region": Country, "business country": Country, "home country": Country, "other country": Country,
		"ort geschäftlich": City, "ort privat": City, "weiterer ort": City, "postleitzahl geschäftlich": Postcode, "postleitzahl privat": Postcode, "weitere postleitzahl": Postcode, "straße geschäftlich": Street, "straße privat": Street, "weitere straße": Street,
		"region geschäftlich": Region, "bundesland kanton privat": Region, "land region geschäftlich": Country, "land region privat": Country, "weiteres e land region": Country,
		"title": Ignore, "anrede": Ignore, "suffix": Ignore, "initials": Ignore, "initialen": Ignore,
	},
	Cards: {
		"fn": Name, "n family": Family, "n given": Given, "n middle": Middle, "nickname": Further, "email": Email, "tel": Phone, "org name": Organization, "note": Note, "categories": Tag, "lang": Language,
		"adr city": City, "adr postcode": Postcode, "adr country": Country, "bday": BirthDate, "kind": Kind, "x addressbookserver kind": Kind, "uid": Ignore, "label": Ignore,
	},
}

// noise are columns that say nothing of a person, by how their names begin.
var noise = map[Source][]string{
	Zendesk:              {"url", "photo", "created at", "updated at", "time zone", "timezone", "iana time zone", "shared", "role type", "verified", "last login", "two factor", "custom role", "moderator", "ticket restriction", "only private", "restricted", "suspended", "default group", "report csv", "brand", "restriction", "chat only", "permanently deleted"},
	ZendeskOrganizations: {"url", "created at", "updated at", "deleted at", "shared", "group id", "group"},
	Google:               {"phonetic", "yomi", "given name yomi", "additional name yomi", "family name yomi", "initials", "short name", "sensitivity", "priority", "subject", "directory server", "mileage", "billing", "address"},
	Outlook:              {"e mail", "private", "privat", "priority", "priorität", "sensitivity", "vertraulichkeit", "internet free", "internet frei", "directory server", "verzeichnisserver", "mileage", "reisekilometer", "account", "konto", "gender", "geschlecht", "organizational id", "regierungs", "assistant", "telefon assistent", "pager", "isdn", "telex", "tty", "fax", "business fax", "home fax", "other fax", "weiteres fax", "callback", "rückmeldung", "radio phone", "mobilfunk", "business address", "home address", "other address", "business street", "home street", "other street"},
	Cards:                {"x ab", "x abuid", "x android", "x evolution", "x ms", "x mozilla", "calscale", "source", "profile", "class", "mailer", "tz", "geo", "impp", "clientpidmap", "sort string", "rev"},
}
