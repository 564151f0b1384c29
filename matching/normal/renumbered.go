package normal

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// renumberings are the countries whose subscribers are reached under two spellings. Each maps the national part (without the country code) to the one that is the key.
var renumberings = map[string]func(national string) string{
	"55":  brazil,
	"52":  mexico,
	"54":  argentina,
	"39":  italy,
	"225": ivoryCoast,
	"229": benin,
}

// oneKey maps a number's legacy spelling to its key.
func oneKey(e164 string) string {
	for code, canonical := range renumberings {
		if national, ok := strings.CutPrefix(e164, "+"+code); ok {
			return "+" + code + canonical(national)
		}
	}
	return e164
}

// brazil: mobile numbers got a ninth digit, 9, between 2012 and 2016; WhatsApp ids of older accounts still lack it. Eight-digit numbers that begin with 6 to 9 are mobile.
func brazil(n string) string {
	if len(n) == 10 && n[2] >= '6' {
		return n[:2] + "9" + n[2:]
	}
	return n
}

// mexico: until 2019 mobile numbers were dialled with a 1 after the country code; WhatsApp still sends it.
func mexico(n string) string {
	if len(n) == 11 && n[0] == '1' {
		return n[1:]
	}
	return n
}

// argentina: a mobile number has a 9 after the country code when it is called from abroad, and none in a caller id; fixed and mobile numbers share one space.
func argentina(n string) string {
	if len(n) == 11 && n[0] == '9' {
		return n[1:]
	}
	return n
}

// italy: a fixed number's leading 0 is part of it, also from abroad, and is often left out; a mobile number has none, and is often given one.
func italy(n string) string {
	with, without := "0"+n, strings.TrimPrefix(n, "0")
	switch {
	case valid("+39" + n):
		return n
	case n[:1] != "0" && valid("+39"+with):
		return with
	case n[:1] == "0" && valid("+39"+without):
		return without
	}
	return n
}

// ivoryCoast: on 31 January 2021 eight digits became ten; the new first two name the operator, which the old second digit (mobile) or third (fixed) told.
// https://www.itu.int/oth/T0202000032/en
func ivoryCoast(n string) string {
	if len(n) != 8 {
		return n
	}
	if n[0] == '2' || n[0] == '3' {
		switch n[2] {
		case '8':
			return "21" + n
		case '0':
			return "25" + n
		}
		return "27" + n
	}
	switch {
	case n[1] <= '3':
		return "01" + n
	case n[1] <= '6':
		return "05" + n
	}
	return "07" + n
}

// benin: on 30 November 2024 every number got 01 in front. https://www.itu.int/oth/T0202000017/en
func benin(n string) string {
	if len(n) == 8 {
		return "01" + n
	}
	return n
}

func valid(e164 string) bool {
	number, err := phonenumbers.Parse(e164, "")
	return err == nil && phonenumbers.IsValidNumber(number)
}
