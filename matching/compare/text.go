package compare

import "strings"

// texts is how two texts stand to each other.
func texts(f Field, a, b *TextValue) Level {
	switch {
	case a.Key == b.Key:
		return TextSame
	case f == Mentioned: // people have many orders, and the next number is the next customer's
		return Null
	case f == Language || f == Country:
		return Different
	case f == Postcode || f == Reference:
		return codes(a.Key, b.Key)
	}
	short := min(len(a.Key), len(b.Key))
	d := edits(a.Key, b.Key, min(maxEdits, 1+short/4))
	switch {
	case d == 1 && short >= 3, d == 2 && short >= 7, a.Solid == b.Solid:
		return TextClose
	case d <= min(maxEdits, short/4), shareWords(a.Key, b.Key):
		return TextFuzzy
	}
	return TextOther
}

// codes is how two numbers of documents or two postcodes stand to each other: one slip is close, two or a common beginning are fuzzy.
func codes(a, b string) Level {
	short := min(len(a), len(b))
	switch d := edits(a, b, 2); {
	case d == 1 && short >= 3:
		return TextClose
	case d == 2 && short >= 5, short >= 4 && strings.HasPrefix(a, b[:min(len(b), 3)]):
		return TextFuzzy
	}
	return TextOther
}

// wholeReference is how many digits a mentioned number must have to say all it can.
const wholeReference = 8

// bitsOfDigit is what one more digit tells, in bits.
const bitsOfDigit = 3.32

// brevity is what a mentioned number says less because it is short: many companies have an order 12345. It is never more than 0.
func brevity(key string) float64 { return bitsOfDigit * float64(min(0, len(key)-wholeReference)) }

// shareWords reports whether every word of the shorter text, and one of at least four letters among them, stands in the longer.
func shareWords(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	long := false
	for rest, more := a, true; more; {
		var word string
		word, rest, more = strings.Cut(rest, " ")
		if !hasWord(b, word) {
			return false
		}
		long = long || len(word) >= 4
	}
	return long
}

func hasWord(text, word string) bool {
	for rest, more := text, true; more; {
		var w string
		w, rest, more = strings.Cut(rest, " ")
		if w == word {
			return true
		}
	}
	return false
}

// Days within which two dates are near each other, and within which they are not far.
const (
	aMonth = 31
	aYear  = 366
)

// dates is how two dates stand to each other.
func dates(a, b *DateValue) Level {
	year, month, day := a.Year == b.Year, a.Month == b.Month, a.Day == b.Day
	apart := max(a.Number-b.Number, b.Number-a.Number)
	switch {
	case year && month && day:
		return DateSame
	case edits(a.Digits, b.Digits, 1) == 1, year && a.Month == b.Day && a.Day == b.Month:
		return DateSlip
	case year && (month || day), month && day, apart <= aMonth:
		return DateTwoParts
	case year, apart <= aYear, edits(a.Digits, b.Digits, 2) == 2:
		return DateOnePart
	}
	return DateOther
}

// phones is how two numbers stand to each other.
func phones(a, b *Point) Level {
	switch {
	case a.Key == b.Key && a.Sharing.or(b.Sharing).shared():
		return PhoneShared
	case a.Key == b.Key:
		return PhoneSame
	case len(a.Key) >= 9 && edits(a.Key, b.Key, 1) == 1:
		return PhoneNear
	}
	return PhoneOther
}

// handles is how two handles stand to each other: those of two networks are not compared.
func handles(a, b *Point) Level {
	switch {
	case a.Key == b.Key:
		return Same
	case a.Network == b.Network:
		return Different
	}
	return Null
}
