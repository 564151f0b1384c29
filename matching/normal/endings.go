package normal

import (
	"slices"
	"strings"
)

// stem drops what a family name says about the sex of its bearer, in the Slavic languages and in Greek.
func stem(text string) string {
	if len(text) < 5 {
		return text
	}
	for _, e := range endings {
		if base, ok := strings.CutSuffix(text, e.written); ok && len(base) >= 3 {
			return base + e.common
		}
	}
	return text
}

// endings, the longest first where one ends in another.
var endings = []struct{ written, common string }{
	{"skaya", "sk"}, {"skaja", "sk"}, {"skaia", "sk"}, {"tskaya", "tsk"}, {"skiy", "sk"}, {"skij", "sk"}, {"skii", "sk"}, {"skyy", "sk"}, {"skyi", "sk"}, {"ska", "sk"}, {"sky", "sk"}, {"ski", "sk"},
	{"cka", "ck"}, {"cky", "ck"}, {"cki", "ck"}, {"dzka", "dzk"}, {"dzki", "dzk"},
	{"kova", "k"}, {"cova", "c"}, {"eva", "ev"}, {"ova", "ov"}, {"off", "ov"}, {"eff", "ev"}, {"ow", "ov"}, {"ew", "ev"}, {"ina", "in"}, {"yna", "yn"}, {"opoulou", "opoul"}, {"opoulos", "opoul"}, {"idou", "id"}, {"idis", "id"}, {"akou", "ak"}, {"akis", "ak"},
}

// withoutPatronymics drops Slavic father's names, unless only they would be left beside a given name.
func withoutPatronymics(all []Token) []Token {
	kept := slices.DeleteFunc(slices.Clone(all), func(t Token) bool { return patronymic(t.Text) })
	if len(kept) == 0 {
		return all
	}
	return kept
}

func patronymic(text string) bool {
	for _, ending := range []string{"ovich", "evich", "ovych", "evych", "yovych", "iyovych", "ovna", "evna", "ivna", "yivna", "inichna", "ovitch", "evitch", "owitsch", "ewitsch", "owna", "ewna"} {
		if len(text) > len(ending)+1 && strings.HasSuffix(text, ending) {
			return true
		}
	}
	return false
}
