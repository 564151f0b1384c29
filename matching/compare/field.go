// Package compare says, field by field, how the values of two people stand to each other. It finds levels and their causes, and gives no weights.
package compare

import "usher/gateway/contact"

// Field is what is compared.
type Field uint8

// The fields. Address is a mail address held against a name, where one side has no name. The further ones are columns of imported tables that have no name here.
const (
	Name Field = iota
	Mail
	Address
	Phone
	Handle
	Organization
	Street
	City
	Region
	Postcode
	Country
	BirthDate
	Language
	Reference
	Mentioned // the number of an order or a ticket that was mentioned in a conversation
	Other
	Other2
	Other3
	Other4
	Fields // how many there are
)

var fieldNames = [Fields]string{"name", "email", "address", "phone", "handle", "organization", "street", "city", "region", "postcode", "country", "birth_date", "language", "reference", "mentioned", "other", "other2", "other3", "other4"}

func (f Field) String() string { return fieldNames[f] }

// Level is how two values of a field stand to each other: 0 where one is missing, then from the strongest evidence for one person to the strongest against. Each field has levels of its own.
type Level uint8

// Null: a value is missing, or the two cannot be compared.
const Null Level = 0

// The levels of a name.
const (
	FullExact Level = iota + 1
	FullClose
	FullFuzzy
	FamilyInitial
	FullLoose
	GivenWeakFamily
	FurtherDiffers
	SingleExact
	SingleFuzzy
	SingleLoose
	FamilyOnly
	GivenOnly
	Contradiction
)

// The levels of an address.
const (
	MailSame Level = iota + 1
	MailWeakSame
	MailNear
	MailSameLocal
	MailSimilar
	MailRole
	MailSameDomain
	MailOther
)

// The levels of an address held against a name.
const (
	AddressFull Level = iota + 1
	AddressPartial
	AddressInitial
	AddressNone
)

// The levels of a telephone number.
const (
	PhoneSame Level = iota + 1
	PhoneShared
	PhoneNear
	PhoneOther
)

// The levels of what is the same or not: a handle on one network, a language, a country.
const (
	Same Level = iota + 1
	Different
)

// The levels of a text: a street, a city, an organization, a document's number, a postcode.
const (
	TextSame Level = iota + 1
	TextClose
	TextFuzzy
	TextOther
)

// The levels of a date.
const (
	DateSame Level = iota + 1
	DateSlip
	DateTwoParts
	DateOnePart
	DateOther
)

var (
	nameCodes    = []string{"null", "full_exact", "full_close", "full_fuzzy", "family_initial", "full_loose", "given_weak_family", "further_differs", "single_exact", "single_fuzzy", "single_loose", "family_only", "given_only", "contradiction"}
	mailCodes    = []string{"null", "same", "same_mailbox", "near", "same_local", "similar", "role", "same_domain", "other"}
	addressCodes = []string{"null", "full", "partial", "initial", "none"}
	phoneCodes   = []string{"null", "same", "shared", "near", "other"}
	sameCodes    = []string{"null", "same", "other"}
	textCodes    = []string{"null", "same", "close", "fuzzy", "other"}
	dateCodes    = []string{"null", "same", "slip", "two_parts", "one_part", "other"}
)

// Codes are the level names of a field, in the order of the levels.
func (f Field) Codes() []string {
	switch f {
	case Name:
		return nameCodes
	case Mail:
		return mailCodes
	case Address:
		return addressCodes
	case Phone:
		return phoneCodes
	case Handle, Country, Language, Mentioned:
		return sameCodes
	case BirthDate:
		return dateCodes
	}
	return textCodes
}

// MaxLevels is how many levels a field has at most, Null included.
const MaxLevels = 14

// Cause is why a field says nothing although both sides have it.
type Cause uint8

// The causes.
const (
	NoCause       Cause = iota
	MadeOfName          // alike local parts are made of the name, which is counted already
	SharedContact       // one contact point, and first names that contradict each other: a household
	HotValue            // a contact point of many people
	RoleMailbox         // an address that several people answer for
	ByPostcode          // the city follows from the postcode
	ByMailDomain        // the organization follows from the mail domain
	ByPhone             // the handle is made of the telephone number
	CountedOnce         // another value of the field says the same, and counts
)

var causes = []string{"", "made_of_name", "shared_contact", "hot_value", "role_mailbox", "by_postcode", "by_mail_domain", "by_phone", contact.CountedOnce}

func (c Cause) String() string { return causes[c] }
