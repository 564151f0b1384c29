package normal

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"
)

// Roman is a word in lower-case Latin letters without marks: ä is a, Дмитрий is dmitriy. It may be empty.
func Roman(word string) string { return onlyLetters(romanise(word, plainLetters)) }

// longRoman is Roman with the umlauts written out, as German does where they cannot be typed: ä is ae.
func longRoman(word string) string { return onlyLetters(romanise(word, longLetters)) }

// plainLetters are letters that a decomposition leaves whole, and Turkish ı.
var plainLetters = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}

var longLetters = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'ø': "oe", 'å': "aa", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}

// romanise writes a word in Latin letters. An apostrophe keeps apart letters that are not to be read as one sound.
func romanise(word string, letters map[rune]string) string {
	if ascii(word) {
		return strings.ToLower(word)
	}
	var out strings.Builder
	runes := []rune(diphthongs.Replace(strings.ToLower(norm.NFC.String(word))))
	for i, r := range runes {
		out.WriteString(romanLetter(r, place{first: i == 0, last: i == len(runes)-1}, letters))
	}
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Devanagari, r) }) {
		return longVowels.Replace(out.String())
	}
	return out.String()
}

// diphthongs are two Greek vowels of which the second is read as a consonant.
var diphthongs = strings.NewReplacer("ευ", "εβ", "εύ", "εβ", "αυ", "αβ", "αύ", "αβ")

// longVowels are written once by who writes a Hindi name in Latin letters.
var longVowels = strings.NewReplacer("aa", "a", "ii", "i", "uu", "u")

// ascii reports whether a word needs no tables.
func ascii(word string) bool {
	for i := range len(word) {
		if word[i] >= 0x80 {
			return false
		}
	}
	return true
}

// place is where in a word a letter stands: some are consonants at the beginning and vowels elsewhere.
type place struct{ first, last bool }

func romanLetter(r rune, at place, letters map[rune]string) string {
	if s, ok := letters[r]; ok {
		return s
	}
	if r < unicode.MaxASCII {
		return string(r)
	}
	if s, ok := semitic(r, at); ok {
		return s + "'"
	}
	if s, ok := usual[r]; ok {
		return s
	}
	return strings.ToLower(unidecode.Unidecode(string(r)))
}

// onlyLetters keeps the letters a to z.
func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, s)
}

// semitic romanises Arabic, Persian and Hebrew letters. Short vowels are not written; w and y are read as vowels inside a word, as people write their names.
func semitic(r rune, at place) (string, bool) {
	if s, ok := inner[r]; ok && !at.first {
		return s, true
	}
	if s, ok := final[r]; ok && at.last && !at.first {
		return s, true
	}
	s, ok := semiticLetters[r]
	return s, ok
}

var inner = map[rune]string{'و': "u", 'ي': "i", 'ی': "i", 'ו': "o", 'י': "i", 'פ': "f", 'ף': "f", 'ב': "v", 'כ': "kh", 'ך': "kh", 'א': "", 'ע': ""}

var final = map[rune]string{'ה': "a", 'ه': "h", 'ة': "a"}

var semiticLetters = map[rune]string{
	'ا': "a", 'أ': "a", 'إ': "i", 'آ': "a", 'ع': "a", 'ء': "", 'ئ': "i", 'ؤ': "u", 'ى': "a", 'ة': "a", 'و': "w", 'ي': "y", 'ی': "y", 'ب': "b", 'پ': "p", 'ت': "t", 'ث': "th", 'ج': "j", 'چ': "ch", 'ح': "h", 'خ': "kh", 'د': "d", 'ذ': "dh",
	'ر': "r", 'ز': "z", 'ژ': "zh", 'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'غ': "gh", 'ف': "f", 'ق': "q", 'ك': "k", 'ک': "k", 'گ': "g", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h",
	'א': "a", 'ב': "b", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "v", 'ז': "z", 'ח': "h", 'ט': "t", 'י': "y", 'כ': "k", 'ך': "k", 'ל': "l", 'מ': "m", 'ם': "m", 'נ': "n", 'ן': "n", 'ס': "s", 'ע': "a", 'פ': "p", 'ף': "f", 'צ': "ts", 'ץ': "ts", 'ק': "k", 'ר': "r", 'ש': "sh", 'ת': "t",
}

// usual are letters that passports and people write otherwise than the general table: Cyrillic, Greek, and Chinese characters that are read otherwise in names.
var usual = map[rune]string{'娜': "na", '曾': "zeng", '沈': "shen", '仇': "qiu", '乐': "le", '单': "shan", '解': "xie", '翟': "zhai", '覃': "qin", 'η': "i", 'ή': "i", 'β': "v", 'ι': "i", 'ί': "i", 'υ': "u", 'ύ': "u", 'ю': "yu", 'я': "ya", 'є': "ye", 'ї': "yi", 'щ': "shch", 'ё': "e", 'х': "kh", 'ц': "ts", 'ж': "zh", 'ь': "", 'ъ': "", 'й': "y", 'ы': "y", 'г': "g"}

// Bones is the consonant skeleton of a romanised word: what is left where spellings, romanisations and unwritten vowels differ. A vowel at the beginning is a.
func Bones(roman string) string {
	s := onlyLetters(digraphs.Replace(roman))
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := bone(s[i])
		switch {
		case c == 'a' && len(out) > 0, c == 'y' && i > 0, c == 'h' && i > 0 && i == len(s)-1:
			continue
		case len(out) > 0 && out[len(out)-1] == c:
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// digraphs write one sound in several letters; the longest come first.
var digraphs = strings.NewReplacer(
	"shch", "s", "schtsch", "s", "tsch", "h", "tch", "h", "dzh", "y", "dsch", "y", "sch", "s", "sh", "s", "sz", "s", "ch", "h", "cz", "h", "kh", "h", "zh", "s", "gh", "g", "ph", "f", "th", "t", "dh", "d", "dj", "y",
	"ts", "s", "tz", "s", "ck", "k", "qu", "k", "ce", "se", "ci", "si", "cy", "sy", "x", "ks")

// bone is a letter's class.
func bone(c byte) byte {
	switch c {
	case 'a', 'e', 'i', 'o', 'u':
		return 'a'
	case 'c', 'q':
		return 'k'
	case 'w':
		return 'v'
	case 'z':
		return 's'
	case 'j':
		return 'y'
	}
	return c
}
