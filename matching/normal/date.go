package normal

import (
	"strings"
	"time"
)

// Date is a day. A zero part is unknown.
type Date struct{ Year, Month, Day int }

// dateLayouts are tried in turn. Day before month where a table does not say: most of the world writes so.
var dateLayouts = []string{"2006-01-02", "20060102", "2006/01/02", "2006.01.02", "02.01.2006", "2.1.2006", "02/01/2006", "02-01-2006", "01/02/2006", "2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", time.RFC3339, "2006-01-02 15:04:05"}

// ParseDate reads a date. Eight digits that are no day of the calendar, as slips make them, are kept for comparison.
func ParseDate(raw string) (Date, bool) {
	s := strings.TrimSpace(raw)
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}, true
		}
	}
	digits := onlyDigits(s)
	if len(digits) != 8 || len(s) > 10 {
		return Date{}, false
	}
	number := func(s string) (n int) {
		for i := range len(s) {
			n = 10*n + int(s[i]-'0')
		}
		return n
	}
	return Date{Year: number(digits[:4]), Month: number(digits[4:6]), Day: number(digits[6:])}, true
}

// Digits are the eight digits of a date, the year first.
func (d Date) Digits() string {
	n := (d.Year%10000*100+d.Month%100)*100 + d.Day%100
	digits := [8]byte{}
	for i := 7; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return string(digits[:])
}

// Number counts the days: of two dates the difference is how many days lie between them.
func (d Date) Number() int {
	const day = 24 * 60 * 60
	return int(time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC).Unix() / day)
}
