package compare

import (
	"strings"

	"usher/matching/normal"
)

// Frequencies tells how rare a value is among all of its field: the binary logarithm of the usual chance of agreement over the chance of agreeing on this value. It is 0 where nothing is known.
type Frequencies interface {
	Rarity(f Field, value string) float64
}

// Outcome is how two profiles stand to each other in one field.
type Outcome struct {
	Level       Level
	Cause       Cause // if set, the field says nothing
	Left, Right int16 // which values were compared
	Rarity      float64
}

// Pattern is the outcome of every field.
type Pattern [Fields]Outcome

// Compare holds two profiles against each other: of each field the best level of all pairs of values, once, and of equal ones the rarest value. It is symmetric. With no frequencies, all values are taken for equally common.
func Compare(a, b *Record, frequencies Frequencies) Pattern {
	var p Pattern
	p.names(a, b, frequencies)
	p.mails(a, b, frequencies)
	p.phones(a, b, frequencies)
	p.handles(a, b)
	p.dates(a, b, frequencies)
	for f := Organization; f < Fields; f++ {
		if f != BirthDate {
			p.texts(f, a.Texts[f], b.Texts[f], frequencies)
		}
	}
	p.moved(a, b)
	p.addresses(a, b)
	p.explain(a, b)
	return p
}

// better keeps the outcome that is the stronger evidence for one person.
func (p *Pattern) better(f Field, o Outcome) {
	have := &p[f]
	if o.Level != Null && (have.Level == Null || o.Level < have.Level || o.Level == have.Level && o.Rarity > have.Rarity) {
		*have = o
	}
}

func outcome(l Level, i, j int) Outcome {
	return Outcome{Level: l, Left: int16(i), Right: int16(j)}
}

func (p *Pattern) names(a, b *Record, frequencies Frequencies) {
	for i := range a.Names {
		for j := range b.Names {
			level, pair := names(&a.Names[i], &b.Names[j])
			if level >= FamilyOnly && (a.Names[i].Derived || b.Names[j].Derived) {
				continue // a guessed name speaks for somebody, never against
			}
			o := outcome(level, i, j)
			if frequencies != nil && level != Null && level < FamilyOnly {
				o.Rarity = pair.rarity(frequencies)
			}
			p.better(Name, o)
		}
	}
}

// rarity sums how rare the words are that two names have in common.
func (p *pairing) rarity(frequencies Frequencies) float64 {
	sum := 0.0
	for i := range p.short.Tokens {
		if p.partner[i] >= 0 && p.quality[i] == equal {
			sum += frequencies.Rarity(Name, p.short.Tokens[i].Text)
		}
	}
	return sum
}

func (p *Pattern) mails(a, b *Record, frequencies Frequencies) {
	for i := range a.Mails {
		for j := range b.Mails {
			o := outcome(mails(&a.Mails[i], &b.Mails[j]), i, j)
			if frequencies != nil && o.Level == MailSame {
				o.Rarity = frequencies.Rarity(Mail, a.Mails[i].Key)
			}
			p.better(Mail, o)
		}
	}
}

func (p *Pattern) phones(a, b *Record, frequencies Frequencies) {
	for i := range a.Phones {
		for j := range b.Phones {
			o := outcome(phones(&a.Phones[i], &b.Phones[j]), i, j)
			if frequencies != nil && o.Level == PhoneSame {
				o.Rarity = frequencies.Rarity(Phone, a.Phones[i].Key)
			}
			p.better(Phone, o)
		}
	}
}

func (p *Pattern) handles(a, b *Record) {
	for i := range a.Handles {
		for j := range b.Handles {
			p.better(Handle, outcome(handles(&a.Handles[i], &b.Handles[j]), i, j))
		}
	}
}

func (p *Pattern) dates(a, b *Record, frequencies Frequencies) {
	for i := range a.Dates {
		for j := range b.Dates {
			o := outcome(dates(&a.Dates[i], &b.Dates[j]), i, j)
			if frequencies != nil && o.Level == DateSame {
				o.Rarity = frequencies.Rarity(BirthDate, a.Dates[i].Digits)
			}
			p.better(BirthDate, o)
		}
	}
}

func (p *Pattern) texts(f Field, a, b []TextValue, frequencies Frequencies) {
	for i := range a {
		for j := range b {
			o := outcome(texts(f, &a[i], &b[j]), i, j)
			if frequencies != nil && o.Level == TextSame && f != Language {
				o.Rarity = frequencies.Rarity(f, a[i].Key)
			}
			if f == Mentioned && o.Level == Same {
				o.Rarity += brevity(a[i].Key)
			}
			p.better(f, o)
		}
	}
}

// lines are the fields that people take for one another: the lines of an address, and further columns.
var lines = [...]Field{Street, Other, Other2, Other3, Other4}

// minMoved is how long a text must be to be recognised in another field.
const minMoved = 6

// moved looks for a text that does not agree in its own field among the others' lines.
func (p *Pattern) moved(a, b *Record) {
	for _, f := range lines {
		if p[f].Level == TextOther || p[f].Level == Null {
			p.better(f, movedOutcome(f, a, b))
		}
	}
}

func movedOutcome(f Field, a, b *Record) Outcome {
	for _, g := range lines {
		if g == f {
			continue
		}
		for i := range a.Texts[f] {
			if foundIn(&a.Texts[f][i], b.Texts[g]) {
				return outcome(TextClose, i, 0)
			}
		}
		for j := range b.Texts[f] {
			if foundIn(&b.Texts[f][j], a.Texts[g]) {
				return outcome(TextClose, 0, j)
			}
		}
	}
	return Outcome{}
}

// foundIn reports whether a text stands among others, but for a slip.
func foundIn(text *TextValue, among []TextValue) bool {
	for i := range among {
		if d := len(text.Key) - len(among[i].Key); len(text.Key) >= minMoved && d >= -2 && d <= 2 && texts(Street, text, &among[i]) <= TextClose {
			return true
		}
	}
	return false
}

// Further are the contact points and documents of a field that are the same on both sides beside the one that counts. They add nothing to a score, and are told because each is one more thing that two people have in common.
func Further(p *Pattern, f Field, a, b *Record) []Outcome {
	o := p[f]
	if o.Level != Same || o.Cause != NoCause {
		return nil
	}
	var all []Outcome
	add := func(i, j int, same bool, s Sharing) {
		if same && !s.hot() && !s.Role && i != int(o.Left) && j != int(o.Right) {
			all = append(all, Outcome{Level: Same, Cause: CountedOnce, Left: int16(i), Right: int16(j)})
		}
	}
	switch f {
	case Mail:
		for i := range a.Mails {
			for j := range b.Mails {
				add(i, j, mails(&a.Mails[i], &b.Mails[j]) == MailSame, a.Mails[i].Sharing.or(b.Mails[j].Sharing))
			}
		}
	case Phone:
		for i := range a.Phones {
			for j := range b.Phones {
				add(i, j, phones(&a.Phones[i], &b.Phones[j]) == PhoneSame, Sharing{})
			}
		}
	case Handle:
		for i := range a.Handles {
			for j := range b.Handles {
				add(i, j, handles(&a.Handles[i], &b.Handles[j]) == Same, Sharing{})
			}
		}
	case Reference:
		for i := range a.Texts[f] {
			for j := range b.Texts[f] {
				add(i, j, texts(f, &a.Texts[f][i], &b.Texts[f][j]) == TextSame, Sharing{})
			}
		}
	}
	return all
}

// NamesFrom is where names begin among the values of Address: below are addresses.
const NamesFrom = maxValues

// addresses holds the addresses of one side against the names of the other, where the names themselves cannot be compared.
func (p *Pattern) addresses(a, b *Record) {
	if p[Name].Level != Null || p[Mail].Level == MailSame {
		return
	}
	for i := range a.Mails {
		for j := range b.Names {
			p.better(Address, outcome(addresses(&a.Mails[i], &b.Names[j]), i, NamesFrom+j))
		}
	}
	for i := range a.Names {
		for j := range b.Mails {
			p.better(Address, outcome(addresses(&b.Mails[j], &a.Names[i]), NamesFrom+i, j))
		}
	}
}

// explain sets the cause of what says nothing because something else says it already.
func (p *Pattern) explain(a, b *Record) {
	opposed := p[Name].Level == FamilyOnly || p[Name].Level == Contradiction
	p.explainMail(a, b, opposed)
	p.explainPhone(a, b, opposed)
	if p[Postcode].Level == TextSame && p[City].Level == TextSame {
		p[City].Cause = ByPostcode
	}
	if p[Organization].Level != Null && p[Organization].Level < TextOther && p.domainNames(a, b) {
		p[Organization].Cause = ByMailDomain
	}
	if p[Handle].Level == Same && p[Phone].Level != Null && p[Phone].Level <= PhoneShared {
		p[Handle].Cause = ByPhone
	}
}

func (p *Pattern) explainMail(a, b *Record, opposed bool) {
	o := &p[Mail]
	if o.Level == Null {
		return
	}
	left, right := &a.Mails[o.Left], &b.Mails[o.Right]
	sharing := left.Sharing.or(right.Sharing)
	named := p[Name].Level != Null && !opposed || p[Address].Level != Null && p[Address].Level <= AddressPartial
	switch {
	case o.Level <= MailWeakSame && sharing.hot():
		o.Cause = HotValue
	case o.Level <= MailWeakSame && opposed:
		o.Cause = SharedContact
	case named && madeOfNames(o.Level, left, right, a.Names, b.Names):
		o.Cause = MadeOfName
	case o.Level == MailRole || o.Level <= MailWeakSame && sharing.Role:
		o.Cause = RoleMailbox
	}
}

func (p *Pattern) explainPhone(a, b *Record, opposed bool) {
	o := &p[Phone]
	if o.Level == Null || o.Level > PhoneShared {
		return
	}
	switch sharing := a.Phones[o.Left].Sharing.or(b.Phones[o.Right].Sharing); {
	case sharing.hot():
		o.Cause = HotValue
	case opposed:
		o.Cause = SharedContact
	}
}

// domainNames reports whether both addresses are at one company's domain and the domain is made of the organization's name.
func (p *Pattern) domainNames(a, b *Record) bool {
	o := p[Mail]
	if o.Level == Null || a.Mails[o.Left].Domain != b.Mails[o.Right].Domain || a.Mails[o.Left].Kind == normal.FreeMail {
		return false
	}
	domain := a.Mails[o.Left].Domain
	return beginsIn(domain, a.Texts[Organization][p[Organization].Left].Key) || beginsIn(domain, b.Texts[Organization][p[Organization].Right].Key)
}

// beginsIn reports whether a domain holds the first word of a company's name.
func beginsIn(domain, name string) bool {
	first, _, _ := strings.Cut(name, " ")
	return len(first) >= 3 && strings.Contains(domain, first)
}
