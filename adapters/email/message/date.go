package message

import (
	"strconv"
	"strings"
	"time"
)

const maxDate = 200 // bytes

// ParseDate reads a Date header in the forms that mail programs write: RFC 5322 and its obsolete forms, asctime, ISO 8601, two-digit years, names of zones, blanks and points for colons, months of other languages.
// The time is in UTC; one without a zone is read as UTC. It is false when there is no date in it, or one before 1970 or after 2100.
func ParseDate(v string) (time.Time, bool) {
	v = uncommented(v[:min(len(v), maxDate)])
	if t, ok := isoDate(v); ok {
		return t, inRange(t)
	}
	d := dateParts{month: -1, day: -1, year: -1, hour: -1}
	for _, word := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\u00a0' }) {
		for _, piece := range unhyphened(word) {
			d.take(piece)
		}
	}
	if d.month < 0 || d.day < 1 || d.day > 31 || d.year < 0 {
		return time.Time{}, false
	}
	t := time.Date(d.year, time.Month(d.month), d.day, max(d.hour, 0), d.minute, d.second, 0, time.UTC).Add(-d.offset)
	return t, inRange(t)
}

func inRange(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 2100 }

// uncommented drops comments, of which a zone's name is the usual one.
func uncommented(v string) string {
	for {
		open := strings.IndexByte(v, '(')
		if open < 0 {
			return strings.TrimSpace(v)
		}
		length := strings.IndexByte(v[open:], ')')
		if length < 0 {
			return strings.TrimSpace(v[:open])
		}
		v = v[:open] + " " + v[open+length+1:]
	}
}

func isoDate(v string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05-0700", "2006-01-02"} {
		if len(v) < 10 || v[4] != '-' {
			return time.Time{}, false
		}
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// unhyphened takes "6-May-2024" apart and leaves "-0700" alone.
func unhyphened(word string) []string {
	if strings.Count(word, "-") == 2 && word[0] != '-' {
		return strings.Split(word, "-")
	}
	return []string{word}
}

// dateParts are what of a date was found so far.
type dateParts struct {
	day, month, year     int
	hour, minute, second int
	offset               time.Duration
}

func (d *dateParts) take(word string) {
	lower := strings.ToLower(strings.Trim(word, ".\"'"))
	switch {
	case lower == "":
	case d.zoned(lower):
	case d.clock(lower):
	case d.number(lower):
	case d.noon(lower):
	case d.month < 0:
		d.month = monthOf(lower)
	}
}

// zoned reads "+0200", "-07:00", "GMT+2" and names of zones. An offset that no place has is dropped.
func (d *dateParts) zoned(word string) bool {
	if hours, ok := zones[word]; ok {
		d.offset = time.Duration(hours * float64(time.Hour))
		return true
	}
	word = strings.TrimPrefix(strings.TrimPrefix(word, "gmt"), "utc")
	if word == "" || word[0] != '+' && word[0] != '-' {
		return false
	}
	digits := strings.ReplaceAll(word[1:], ":", "")
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || len(digits) > 4 {
		return true
	}
	if len(digits) <= 2 {
		n *= 100
	}
	if n > 1400 || n%100 >= 60 {
		return true
	}
	d.offset = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if word[0] == '-' {
		d.offset = -d.offset
	}
	return true
}

// clock reads "7:08", "07:08:09", "07.08.09", with a zone glued to it or not.
func (d *dateParts) clock(word string) bool {
	if cut := strings.IndexAny(word, "+-z"); cut > 0 && strings.Contains(word[:cut], ":") {
		d.zoned(word[cut:])
		word = word[:cut]
	}
	fields := strings.FieldsFunc(word, func(r rune) bool { return r == ':' || r == '.' })
	if len(fields) < 2 || d.hour >= 0 || !strings.Contains(word, ":") && len(fields) != 3 {
		return false
	}
	var at [3]int
	for i, f := range fields[:min(len(fields), 3)] {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 || n > 60 {
			return false
		}
		at[i] = n
	}
	if at[0] > 24 {
		return false
	}
	d.hour, d.minute, d.second = at[0], at[1], at[2]
	return true
}

// number reads the day, then the year. A year of two digits is of 1950 to 2049, one of three counts from 1900 (RFC 5322 section 4.3).
func (d *dateParts) number(word string) bool {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 {
		return false
	}
	switch {
	case d.day < 0 && len(word) <= 2:
		d.day = n
	case d.year >= 0:
	case len(word) == 4:
		d.year = n
	case len(word) == 3:
		d.year = 1900 + n
	case len(word) == 2 && n < 50:
		d.year = 2000 + n
	case len(word) == 2:
		d.year = 1900 + n
	}
	return true
}

func (d *dateParts) noon(word string) bool {
	switch {
	case word == "pm" && d.hour >= 0 && d.hour < 12:
		d.hour += 12
	case word == "am" && d.hour == 12:
		d.hour = 0
	}
	return word == "pm" || word == "am"
}

// zones are names of zones and their hours from UTC; the military letters say nothing (RFC 5322 section 4.3).
var zones = map[string]float64{
	"z": 0, "gmt": 0, "ut": 0, "utc": 0, "wet": 0, "cet": 1, "mez": 1, "met": 1, "bst": 1, "west": 1, "cest": 2, "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3,
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "hst": -10,
	"jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}

// months are the beginnings of their names in languages of which programs have put the words into headers; English first.
var months = [12][]string{
	{"jan", "ene", "gen", "янв"}, {"feb", "fév", "fev", "фев"}, {"mar", "mär", "mrz", "мар", "maa"}, {"apr", "avr", "abr", "апр"},
	{"may", "mai", "mag", "maj", "mei", "май", "мая"}, {"jun", "juin", "giu", "июн"}, {"jul", "juil", "lug", "июл"}, {"aug", "aoû", "aou", "ago", "авг"},
	{"sep", "set", "сен"}, {"oct", "okt", "ott", "out", "окт"}, {"nov", "ноя"}, {"dec", "dez", "dic", "déc", "дек"},
}

// monthOf is 1 to 12, or -1.
func monthOf(word string) int {
	for i, names := range months {
		for _, name := range names {
			if strings.HasPrefix(word, name) {
				return i + 1
			}
		}
	}
	return -1
}
