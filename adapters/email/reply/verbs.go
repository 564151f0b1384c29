package reply

// What clients write above a quote, by language (Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Roundcube, Horde, K-9 as shipped). All in folded form.

// verbs are single words of writing.
var verbs = set(
	"wrote", "writes", "said", "quoting", "replied", // en
	"schrieb", "geschrieben", "zitiere", "schreibt", // de
	"écrit", "ecrit", "écrivait", // fr
	"escribió", "escribio", "escribe", // es
	"scritto", "scrive", // it
	"escreveu", "escreve", // pt
	"schreef", "schreven", "geschreven", // nl
	"napisał", "napisała", "napisał(a)", "napisal(a)", "pisze", // pl
	"napsal", "napsala", "napsal(a)", "napísal", "napísala", "napísal(a)", // cs, sk
	"yazdı", "yazdi", "yazmış", // tr
	"написал", "написала", "написал(а)", "пишет", "писал", "написав", "написала", "пише", "написав(ла)", "написа", // ru, uk, bg
	"έγραψε", "γράφει", // el
	"skrev", "skreiv", "skriver", // sv, da, no
	"kirjoitti",   // fi
	"írta", "írt", // hu
	"scris",              // ro
	"كتب", "كتبت", "تمت", // ar
	"כתב", "כתבה", "כתב/ה", "מאת", // he
	"نوشت", "نوشته", // fa
	"menulis", "tulis", // id, ms
	"napisao", "napisala", "napisao/la", // hr, sr, sl
	"rašė", "rakstīja", "kirjutas", // lt, lv, et
	"escrigué", // ca
)

// verbPhrases are those that are several words, or that their language glues to the words before.
var verbPhrases = []string{
	"zitat von", "citando a", "citando", "citation de", "a écrit", "va escriure", "ha escrit",
	"写道", "寫道", "写入", "来信", "的邮件", // zh
	"のメール", "さんは書きました", "書きました", "のメッセージ", "wrote on", // ja
	"작성", "썼습니다", "님의 메시지", "님이 쓴", // ko
	"đã viết", "เขียนว่า", "เขียน", "ने लिखा", "написа:", "تمت كتابة", "לכתוב", "בתאריך",
}

// openers are first words of attributions that are longer than a preposition.
var openers = set("w dniu", "tarihinde", "בתאריך", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
	"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "dimanche", "mercredi", "vendredi", "ในวันที่", "вторник", "четверг", "пятница", "суббота", "воскресенье", "понедельник")

// set is a table of folded words.
func set(words ...string) map[string]bool {
	table := make(map[string]bool, len(words))
	for _, w := range words {
		table[fold(w)] = true
	}
	return table
}
