package rows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/htmlindex"

	"usher/gateway/contact"
)

// Names as files of them hold them, by the encoding that such files were written in.
var names = map[string][]string{
	"windows-1250": {
		"Jiří Novák;Příbram|Ďábel Příliš;Brno|Žaneta Šťastná;České Budějovice|Ondřej Dvořák;Plzeň", "Łukasz Żółć;Kraków|Małgorzata Wójcik;Łódź|Zofia Dąbrowska;Gdańsk",
		"Szőke István;Győr|Tóth Béla;Pécs|Kovács Ildikó;Szűcsi|Nagy László;Érd|Gőz Ernő;Tököl", "Ľubomír Štúr;Košice|Ján Hruška;Žilina|Peter Čierny;Poprad", "Željko Šarić;Šibenik|Ana Horvat;Čakovec|Đuro Jurčić;Požega",
	},
	"windows-1252": {
		"Jürgen Groß;Düsseldorf|Ute Schön;Köln", "Thérèse Lefèvre;Besançon|Hélène Façade;Orléans", "Bjørn;Røros|Søren;Bodø|Jørn;Tromsø|Sjølund;Drøbak", "Nicolò;Cantù|Salò;Città", "Søren Jørgensen;Århus|Bjørn Sæther;Tromsø", "Nicolò Forlì;Cantù|Andrea Bò;Forlì", "João Conceição;São Paulo|Inês Simões;Évora", "Åsa Öberg;Malmö|Göran Sjöström;Växjö", "José Núñez;León|Íñigo Peña;Cádiz",
		"Zoë van der Weë;Oosterhout|André Geërts;Venlo",
	},
	"windows-1254": {"Ayşe Yıldız;İzmir|Çağrı Gökçe;Muğla|Şükrü Işık;Diyarbakır"},
	"windows-1257": {"Jānis Bērziņš;Rīga|Līga Kļaviņa;Jēkabpils|Ģirts Ozoliņš;Ķekava", "Žydrūnė Čepaitė;Šiauliai|Rūta Ąžuolaitė;Panevėžys|Jūratė Gėlytė;Alytus"},
	"iso-8859-2":   {"Łukasz Żółć;Kraków|Małgorzata Wójcik;Łódź|Zofia Dąbrowska;Śląsk|Jan Woźniak;Świdnica"},
	"windows-1251": {"Иван Петров;Москва|Ольга;Тверь"},
	"koi8-r":       {"Иван Петров;Москва|Ольга;Тверь"},
	"shift_jis":    {"アンドウ ケン;トウキョウ|サトウ ミカ;オオサカ"},
	"gbk":          {"王小明;北京|李丽;上海"},
	"big5":         {"王小明;臺北|陳大文;香港"},
	"windows-1255": {"דוד כהן;חיפה|שרה לוי;ירושלים"},
	"macintosh":    {"Jürgen Groß;Düsseldorf|Ute Schön;Köln|Änne Weiß;Nürnberg", "Thérèse Lefèvre;Besançon|Hélène Façade;Orléans"},
}

// A file of a few names is read in the encoding that its letters speak of: the names are what they were, or it is said that they were guessed at.
func TestLettersTellTheEncoding(t *testing.T) {
	t.Parallel()
	for encoding, files := range names {
		e, err := htmlindex.Get(encoding)
		require.NoError(t, err)
		for _, text := range files {
			text = "Name;Ort\n" + strings.ReplaceAll(text, "|", "\n") + "\n"
			file, err := e.NewEncoder().String(text)
			require.NoError(t, err)
			l, read := all(t, []byte(file), Layout{})
			require.Equal(t, fmt.Sprint(encoding, " ", ByLetters), fmt.Sprint(l.Encoding, " ", l.Guess), text)
			for _, row := range read {
				require.Contains(t, text, row.Fields[0].Value)
				require.False(t, Odd(l.Encoding, row.Fields), row.Fields)
			}
		}
	}
}

// Where a letter or two can be read in several ways it is said that it was a guess, and what is hardly a name is told.
func TestAGuessIsSaid(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"Name\nJo\xe3o\nFund\xe3o\nSim\xe3o\nAd\xe3o\nMarv\xe3o\nOlh\xe3o\n": "windows-1252 guessed", // Romanian has it too
		"Name\nJi\xf8ina\n": "windows-1252 guessed",
		"Name\nJ\xfcrgen\n": "windows-1252 letters", // whatever it is in, it is Jürgen
		"Name\nUtf\u00fc\n": "utf-8 ",
		"Name\nUtfü\nÄnne\nZoë\nP\xf8\xedli\x9a \xcf\xe1bel\xfd\n": "utf-8 ", // most lines are
		"Name\nAna\n": "utf-8 ",
	} {
		l, _ := all(t, []byte(file), Layout{})
		require.Equal(t, want, fmt.Sprint(l.Encoding, " ", l.Guess), file)
	}
	for value, odd := range map[string]bool{"Pøíliš Ïábel": true, "Utf Ã¼": true, "Ma³gorzata": true, "MŸller": true, "Jürgen Groß": false, "Zoë": false, "ASCII": false, "Müller – Söhne": false, "ÅSA ÖBERG": false} {
		require.Equal(t, odd, Odd("windows-1252", []contact.Pair{{Name: "name", Value: value}}), value)
	}
	require.False(t, Odd(UTF8, []contact.Pair{{Name: "name", Value: "Pøíliš"}}))
}
