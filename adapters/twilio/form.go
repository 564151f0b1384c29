package twilio

import (
	"net/url"
	"slices"
	"strings"

	"usher/gateway/contact"
)

// fields hands out a form's parameters and remembers which were read: the others are kept verbatim.
type fields struct {
	form url.Values
	read map[string]bool
}

// newFields takes a form over. Bytes that are no text (a "%FF" is signed like everything else) become the replacement character.
func newFields(form url.Values) *fields {
	text := make(url.Values, len(form))
	for name, values := range form {
		for _, value := range values {
			text.Add(strings.ToValidUTF8(name, replacement), strings.ToValidUTF8(value, replacement))
		}
	}
	return &fields{form: text, read: map[string]bool{}}
}

const replacement = "\uFFFD"

// get reads the first of the names that has a value.
func (f *fields) get(names ...string) string {
	value := ""
	for _, name := range names {
		f.read[name] = true
		if value == "" {
			value = f.form.Get(name)
		}
	}
	return value
}

// rest are the parameters that nobody read, in order, with every value.
func (f *fields) rest() []contact.Pair {
	var names []string
	for name := range f.form {
		if !f.read[name] || len(f.form[name]) > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var pairs []contact.Pair
	for _, name := range names {
		for _, value := range f.form[name] {
			if len(pairs) < maxExtensions {
				pairs = append(pairs, contact.Pair{Name: name, Value: value})
			}
		}
	}
	return pairs
}

// maxExtensions bounds what is kept without a place of its own.
const maxExtensions = 200
