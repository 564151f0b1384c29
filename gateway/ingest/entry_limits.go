package ingest

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"usher/gateway/contact"
	"usher/matching/normal"
)

// check holds an entry to the limits of a profile.
func check(e contact.Entry) error {
	switch {
	case e.By == "" || e.At.IsZero() || e.Provenance != contact.FromAgent && e.Provenance != contact.FromImport:
		return errors.New("entering: an entry has a name, a time and a provenance")
	case len(e.Identifiers) > contact.MaxIdentities:
		return invalid("too_many", fmt.Sprintf("there are more than %d contact points", contact.MaxIdentities))
	case len(e.Names) >= contact.MaxNames || len(e.Languages) > contact.MaxLanguages || len(e.Evidence) > contact.MaxEvidence:
		return invalid("too_many", "there are more names, languages or details than a profile keeps")
	case len(e.Tags) > contact.MaxTags || len(e.Fields) > contact.MaxFields:
		return invalid("too_many", "there are more tags or fields than a profile keeps")
	}
	for n, name := range e.Names {
		if strings.TrimSpace(name) != "" && len(normal.NameTokens(name)) == 0 {
			return invalid("unreadable_name", fmt.Sprintf("names.%d is no name: it has no letters", n))
		}
	}
	return checkLengths(e)
}

func checkLengths(e contact.Entry) error {
	for _, text := range []struct {
		all      []string
		least    int
		most     int
		code     string
		complete string
	}{
		{append([]string{e.DisplayName}, e.Names...), 0, contact.MaxName, "name", "a name"},
		{e.Languages, 1, contact.MaxLanguage, "language", "a language"},
		{e.Tags, 1, contact.MaxTag, "tag", "a tag"},
		{namesOf(e.Fields), 1, contact.MaxFieldName, "field", "a field's name"},
		{valuesOf(e.Fields), 0, contact.MaxField, "field", "a field's value"},
		{details(e.Evidence), 0, contact.MaxDetail, "evidence", "a detail"},
	} {
		for _, t := range text.all {
			if n := utf8.RuneCountInString(t); n < text.least || n > text.most || !utf8.ValidString(t) {
				return invalid(text.code, fmt.Sprintf("%s has %d to %d characters", text.complete, text.least, text.most))
			}
		}
	}
	return nil
}

func namesOf(pairs []contact.Pair) []string {
	return mapped(pairs, func(p contact.Pair) string { return p.Name })
}

func valuesOf(pairs []contact.Pair) []string {
	return mapped(pairs, func(p contact.Pair) string { return p.Value })
}

func details(evidence []contact.Evidence) []string {
	return mapped(evidence, func(e contact.Evidence) string { return e.Left })
}

func mapped[T, U any](all []T, of func(T) U) []U {
	out := make([]U, len(all))
	for i, v := range all {
		out[i] = of(v)
	}
	return out
}
