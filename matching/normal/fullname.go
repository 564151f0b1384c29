package normal

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Token is one word of a name in the forms it is compared by.
type Token struct {
	Text   string   // romanised, ä as a
	Long   string   // romanised, ä as ae; usually the same as Text
	Bones  string   // the consonant skeleton
	Stem   string   // without a gendered ending: Novakova and Novak are one family
	Kin    []uint16 // the formal names it may stand for, itself included, ascending
	Own    uint16   // its own number among names with short forms, 0 if it has none
	Script Script   // what it was written in: a romanised spelling is a guess
}

// Script is a family of writing systems by how surely a name can be read in Latin letters.
type Script uint8

// The scripts.
const (
	Latin    Script = iota
	Alphabet        // Cyrillic, Greek, Devanagari, kana, Hangul: spelled sound by sound
	Abjad           // Arabic, Hebrew: short vowels are not written
	Han             // a character has several readings
)

// Initial reports whether the word is a single letter.
func (t Token) Initial() bool { return len(t.Text) == 1 }

// Name is a name taken apart. The last word of a name in the usual order is taken for the family's, unless the writing tells better.
type Name struct {
	Raw     string
	Tokens  []Token  // given names first
	Family  int      // the index of the first family name; len(Tokens) if there is none
	Sure    bool     // the writing tells which is the family's: "Last, First", two columns, Han
	Derived bool     // guessed from a mail address
	Joined  string   // the words without spaces
	Numbers []string // those that stand alone, ascending; not among the words
}

// Given are the given names.
func (n Name) Given() []Token { return n.Tokens[:n.Family] }

// maxTokens bounds the words of a name that are compared.
const maxTokens = 6

// ParseName takes a name apart. It has no tokens if the text is no name: an address, a number.
func ParseName(raw string) Name {
	text := clean(raw)
	if strings.Contains(text, "@") {
		return Name{Raw: raw}
	}
	text = withoutRemarks(text)
	n := takeApart(raw, text)
	n.Numbers = numbers(text)
	return n
}

func takeApart(raw, text string) Name {
	if last, first, ok := strings.Cut(text, ","); ok && !strings.Contains(first, ",") && len(named(first)) > 0 {
		return build(raw, named(first), named(last), true)
	}
	words := named(text)
	if given, family, ok := easternOrder(words); ok {
		return build(raw, given, family, true)
	}
	given, family, sure := westernOrder(words)
	return build(raw, given, family, sure)
}

// NameOf is a name whose parts were given apart.
func NameOf(given, family string) Name {
	raw := strings.TrimSpace(given + " " + family)
	given, family = withoutRemarks(clean(given)), withoutRemarks(clean(family))
	n := build(raw, named(given), named(family), true)
	n.Numbers = numbers(given + " " + family)
	return n
}

// clean is the text in compatibility form without control and direction characters, bounded.
func clean(s string) string {
	if len(s) > maxName {
		s = s[:maxName]
	}
	s = norm.NFKC.String(strings.ToValidUTF8(s, ""))
	if strings.ContainsAny(s, "پچژگکی") {
		s = persian.Replace(s)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && r >= 0x590 && r < 0x700: // unwritten vowel points
			return -1
		case unicode.IsControl(r):
			return ' '
		case r == '’' || r == '‘' || r == '`' || r == '´' || r == 'ʼ':
			return '\''
		}
		return r
	}, s)
}

// persian says how Persian reads some letters of Arabic words.
var persian = strings.NewReplacer("ض", "ز", "ذ", "ز", "ظ", "ز", "ث", "س")

// named are the words that name somebody, as they are written.
func named(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' })
	words = slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "'") == "" || titles[fold(w)] })
	return words[:min(len(words), 2*maxTokens)]
}

// easternOrder takes Han and Hangul names apart: the family's comes first, of one character unless it is one of the few of two.
func easternOrder(words []string) (given, family []string, ok bool) {
	joined := []rune(strings.Join(words, ""))
	if len(words) == 0 || len(joined) < 2 || len(joined) > 5 || !all(joined, unicode.Han) && !all(joined, unicode.Hangul) {
		return nil, nil, false
	}
	n := 1
	if len(joined) > 2 && doubleSurnames[string(joined[:2])] {
		n = 2
	}
	return []string{string(joined[n:])}, []string{string(joined[:n])}, true
}

func all(runes []rune, script *unicode.RangeTable) bool {
	return !slices.ContainsFunc(runes, func(r rune) bool { return !unicode.Is(script, r) })
}

var doubleSurnames = set("欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 东方 東方 皇甫 尉迟 公孙 公孫 慕容 令狐 宇文 长孙 长孫 南宫 남궁 황보 선우 독고 제갈")

// westernOrder takes the last word for the family's, with the particles before it; a word in capitals among others is the family's wherever it stands.
func westernOrder(words []string) (given, family []string, sure bool) {
	if len(words) < 2 {
		return words, nil, false
	}
	shouted := func(w string) bool { return len([]rune(w)) > 2 && w == strings.ToUpper(w) && w != strings.ToLower(w) }
	if i := slices.IndexFunc(words, shouted); i >= 0 && !slices.ContainsFunc(words[:i], shouted) && !slices.ContainsFunc(words[i+1:], shouted) {
		return slices.Concat(words[:i], words[i+1:]), words[i : i+1], true
	}
	last := len(words) - 1
	return words[:last], words[last:], false
}

// build makes the tokens: particles and, beside two other names, patronymics are left out.
func build(raw string, given, family []string, sure bool) Name {
	n := Name{Raw: raw, Sure: sure}
	first := tokens(given)
	last := tokens(family)
	if len(first)+len(last) > 2 {
		first, last = withoutPatronymics(first), withoutPatronymics(last)
	}
	first = first[:min(len(first), maxTokens-1)]
	last = last[:min(len(last), maxTokens-len(first))]
	n.Tokens, n.Family = slices.Concat(first, last), len(first)
	if !sure && n.Family == len(n.Tokens) && n.Family > 1 { // the last word was a particle
		n.Family--
	}
	for _, t := range n.Tokens {
		n.Joined += t.Text
	}
	return n
}

func tokens(words []string) []Token {
	var made []Token
	servant := ""
	for i, w := range words {
		w = withoutArticle(w)
		roman := Roman(w)
		switch {
		case servant == "" && servants[roman] && i+1 < len(words):
			servant = "abd"
			continue
		case servant != "" && articles[roman] && i+1 < len(words):
			continue
		case roman == "" || particles[roman] && len(words) > 1 && len(roman) > 1 || single[roman] && i > 0 && i+1 < len(words):
			continue
		}
		made = append(made, token(w, servant))
		servant = ""
	}
	return made
}

// withoutArticle drops the Arabic article that is written as one with its word.
func withoutArticle(word string) string {
	if rest, ok := strings.CutPrefix(word, "ال"); ok && len([]rune(rest)) >= 3 {
		return rest
	}
	return word
}

// servants begin compound Arabic names: Abd al-Rahman is one name.
var servants, articles = set("abd abdul abdel abdal abdol abdu abdur abdoul"), set("al el ul ar ur as ad an er ol")

// particles stand before family names and are left out as often as not.
var particles = set("von van vom zu zum zur der den dem de la le les del della dello dei degli di da das dos do du des ter ten te al el ul ibn ben bin bint af av und y e i och ve")

// single are particles of one letter, which an initial looks like at an end.
var single = set("y e i o d")

func token(word, prefix string) Token {
	raw := romanise(word, plainLetters)
	t := Token{Text: spelling(prefix + onlyLetters(raw)), Long: spelling(prefix + longRoman(word)), Script: script(word)}
	if word == "이" { // one letter of ours, and the second most frequent Korean family name
		t.Text, t.Long, raw = "lee", "lee", "lee"
	}
	if t.Script == Latin || prefix != "" {
		raw = t.Text
	}
	t.Bones = Bones(raw)
	t.Stem = stem(t.Text)
	t.Own, t.Kin = kin(t.Text)
	return t
}

// spelling settles what one name is spelled with by some and without by others.
func spelling(s string) string {
	if rest, ok := strings.CutPrefix(s, "mac"); ok && len(rest) > 4 {
		return "mc" + rest
	}
	if rest, ok := strings.CutPrefix(s, "abd"); ok && len(rest) > 4 {
		for _, article := range []string{"ul", "el", "al", "ur", "ol", "as", "ar"} {
			if name, ok := strings.CutPrefix(rest, article); ok && len(name) >= 2 {
				return "abd" + strings.TrimPrefix(name, article[1:]+article[1:])
			}
		}
	}
	if better, ok := respelled[s]; ok {
		return better
	}
	return s
}

// respelled are family names of one or two syllables whose usual spelling follows no table: Korean ones, and Cantonese and Taiwanese ones of Chinese.
var respelled = map[string]string{
	"gim": "kim", "bag": "park", "bak": "park", "pak": "park", "choe": "choi", "coe": "choi", "sinh": "singh", "jeong": "jung", "chung": "jung", "jo": "cho", "gang": "kang", "yun": "yoon", "im": "lim", "sin": "shin", "gweon": "kwon", "gwon": "kwon", "an": "ahn", "no": "roh",
	"wong": "wang", "cheung": "zhang", "chang": "zhang", "chan": "chen", "lau": "liu", "leung": "liang", "cheng": "zheng", "chow": "zhou", "chou": "zhou", "ng": "wu", "hsu": "xu", "tsai": "cai", "kwok": "guo", "kuo": "guo", "huynh": "huang", "lam": "lin", "yeung": "yang", "tse": "xie", "hsieh": "xie", "chu": "zhu",
}

// script is that of a word's first letter.
func script(word string) Script {
	i := strings.IndexFunc(word, unicode.IsLetter)
	if i < 0 {
		return Latin
	}
	r := []rune(word[i:])[0]
	switch {
	case unicode.Is(unicode.Latin, r):
		return Latin
	case unicode.Is(unicode.Han, r):
		return Han
	case unicode.In(r, unicode.Arabic, unicode.Hebrew):
		return Abjad
	}
	return Alphabet
}
