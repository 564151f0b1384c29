package rows

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"usher/gateway/contact"
)

// language is which letters beyond ASCII the names and towns of a language have, from the frequent to the rare ones.
type language struct {
	name                  string
	frequent, usual, rare string
}

var german = language{"german", "äöü", "ß", "éèáàçëï"}

// western are written in windows-1252 (and on old Macs in their own charset), central in windows-1250 and ISO 8859-2.
var (
	western = []language{
		german, {"french", "é", "èçêëïàô", "âîûùœæüöÿñ"}, {"spanish", "áéíóñ", "ú", "üçª°¿¡"}, {"portuguese", "ãáçéí", "óúêôõâ", "àüªº"},
		{"italian", "àèìòù", "é", "óíúîç"}, {"danish", "øæå", "éö", "äüèáó"}, {"swedish", "äöå", "é", "üšžõáè"}, {"dutch", "ëé", "öïü", "èáóíêç"}, {"icelandic", "áíóöðú", "éþýæ", ""}, {"catalan", "àèéíò", "óçï", "úü·"},
	}
	central = []language{
		{"czech", "áíéřěčšžý", "úůň", "óťďäöü"}, {"slovak", "áíčéšýž", "úóľťň", "ôäďŕĺöü"}, {"polish", "łóńęąś", "żćź", "üöä"}, {"hungarian", "áéóöí", "őüú", "űä"},
		{"romanian", "ăşţâî", "", "áéöü"}, {"croatian", "čćšž", "đ", "éáöü"}, {"slovene", "čšž", "", "ćđéöü"}, german,
	}
	turkish = []language{{"turkish", "üışöçğ", "İ", "âîû"}}
	baltic  = []language{{"lithuanian", "ėšžčūų", "ąęį", ""}, {"latvian", "āīšēņļ", "ūčžģķ", "õ"}, {"estonian", "äõöü", "šž", "é"}}
)

// alphabet is an encoding of one byte a letter, and the languages that are written in it.
type alphabet struct {
	encoding  string
	prior     float64 // how much likelier it is before anything is read, as a logarithm
	languages []language
	weights   []map[rune]float64
	mixed     map[rune]float64
}

// alphabets are those that are told from each other by letters; the first is what a file is in that says nothing.
var alphabets = []*alphabet{
	newAlphabet(usualLatin, 0, western), newAlphabet("windows-1250", -1, central), newAlphabet("iso-8859-2", -4, central),
	newAlphabet("windows-1254", -3, turkish), newAlphabet("windows-1257", -4, baltic), newAlphabet("macintosh", -4, western),
}

const usualLatin = "windows-1252"

// How likely letters are.
const (
	capital   = 0.1    // of a letter, beside its small form
	unlikely  = 0.0003 // of a letter that a language does not have
	signs     = 0.005  // of signs between words
	nothing   = 1e-6   // of bytes that stand for nothing
	mostly    = 0.8    // of a file's letters are those of one language
	misplaced = 0.02   // of a capital among small letters, or of a sign in a word
	evident   = 4      // by how much the logarithms differ when there is no doubt
)

func newAlphabet(encoding string, prior float64, languages []language) *alphabet {
	a := &alphabet{encoding: encoding, prior: prior, languages: languages, mixed: map[rune]float64{}}
	for _, l := range languages {
		weights, sum := map[rune]float64{}, 0.0
		for weight, letters := range map[float64]string{8: l.frequent, 3: l.usual, 0.5: l.rare} {
			for _, r := range letters {
				weights[r] += weight
				weights[unicode.ToUpper(r)] += weight * capital
				sum += weight * (1 + capital)
			}
		}
		for r := range weights {
			weights[r] /= sum
			a.mixed[r] += weights[r] / float64(len(languages))
		}
		a.weights = append(a.weights, weights)
	}
	return a
}

// score is how likely an alphabet makes a text, as a logarithm: the language that most of it is in decides.
func (a *alphabet) score(text string) float64 {
	scores := make([]float64, len(a.languages))
	eachForeign(text, func(before, r, after rune) {
		odds := 1.0
		if misplacedIn(before, r, after) {
			odds = misplaced
		}
		for i, weights := range a.weights {
			p := unlikely
			switch {
			case unicode.IsLetter(r):
				p += mostly*weights[r] + (1-mostly)*a.mixed[r]
			case strings.ContainsRune(usualSigns, r):
				p = signs
			case unicode.IsControl(r) || r == unicode.ReplacementChar:
				p = nothing
			}
			scores[i] += math.Log(p * odds)
		}
	})
	return a.prior + slices.Max(scores)
}

// usualSigns stand between words.
const usualSigns = "«»„“”‚‘’–—…€°§©®™\u00A0·•´ªº"

// misplacedIn reports whether a capital stands in the midst of small letters, or a sign in a word.
func misplacedIn(before, r, after rune) bool {
	if !unicode.IsLetter(r) {
		return unicode.IsLetter(before) && (unicode.IsLetter(after) && !strings.ContainsRune("’´·", r) || !strings.ContainsRune(usualSigns, r))
	}
	return unicode.IsUpper(r) && (unicode.IsLower(before) || unicode.IsLetter(before) && unicode.IsLower(after))
}

// eachForeign calls do for all characters beyond ASCII, with their neighbours.
func eachForeign(text string, do func(before, r, after rune)) {
	before, here := ' ', ' '
	for _, next := range text + " " {
		if here >= 0x80 {
			do(before, here, next)
		}
		before, here = here, next
	}
}

// byLetters is in which alphabet a sample is, and whether that is plain: all others are far less likely, or say the same.
func byLetters(sample []byte) (encoding string, how Guess) {
	type reading struct {
		encoding, text string
		score          float64
	}
	var all []reading
	for _, a := range alphabets {
		e, _, err := lookup(a.encoding)
		if err != nil {
			continue
		}
		text, err := e.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		all = append(all, reading{a.encoding, string(text), a.score(string(text))})
	}
	best := slices.MaxFunc(all, func(x, y reading) int { return cmp.Compare(x.score, y.score) })
	if best.text == all[0].text || best.score-all[0].score < evident || !Odd(usualLatin, []contact.Pair{{Value: all[0].text}}) { // what one language explains is left to it
		best = all[0]
	}
	for _, other := range all {
		if other.text != best.text && best.score-other.score < evident {
			return best.encoding, Guessed
		}
	}
	return best.encoding, ByLetters
}

// crowded is which part of a text's bytes beyond ASCII stands beside others. Names in Latin letters have a few of them; Greek, Cyrillic and all that is written in two bytes hardly anything else.
func crowded(sample []byte) float64 {
	foreign, beside := 0, 0
	for i, b := range sample {
		if b < 0x80 {
			continue
		}
		foreign++
		if i > 0 && sample[i-1] >= 0x80 || i+1 < len(sample) && sample[i+1] >= 0x80 {
			beside++
		}
	}
	return float64(beside) / float64(max(foreign, 1))
}

// Between them a text may be in Latin letters or in others, of which a byte of two may be ASCII.
const (
	someCrowded = 0.6
	muchCrowded = 0.9
)

// Odd reports whether fields hold letters that text of an encoding hardly has together: no language that is written in it has them all, or one stands where none does. Of encodings that are not told by letters nothing is odd.
func Odd(encoding string, fields []contact.Pair) bool {
	at := slices.IndexFunc(alphabets, func(a *alphabet) bool { return a.encoding == encoding })
	if at < 0 {
		return false
	}
	a, odd := alphabets[at], false
	without := make([]bool, len(a.languages)) // a letter
	for _, f := range fields {
		eachForeign(f.Value, func(before, r, after rune) {
			odd = odd || misplacedIn(before, r, after)
			for i, weights := range a.weights {
				without[i] = without[i] || weights[r] == 0 && unicode.IsLetter(r)
			}
		})
	}
	return odd || !slices.Contains(without, false)
}
