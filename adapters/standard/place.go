package standard

import (
	"errors"
	"reflect"
	"strings"

	"usher/gateway/contact"
)

// mistake is what is wrong with a field of an event, named by the names that lead to it.
type mistake struct{ field, reason string }

func (m mistake) Error() string { return m.field + ": " + m.reason }

func misplaced(field, reason string) error { return mistake{field, reason} }

// pointerOf is the JSON Pointer (RFC 6901) within an event of what an error says is wrong, as far as that is known: within a list it is the list, and empty if it is the event as a whole.
func pointerOf(err error) string {
	var m mistake
	if !errors.As(err, &m) {
		return ""
	}
	if m.field == "events" {
		return "/events"
	}
	pointer, t := "", reflect.TypeFor[contact.Inbound]()
	for name := range strings.SplitSeq(m.field, ".") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			break
		}
		field, ok := fieldOf(t, name)
		if !ok {
			break
		}
		pointer, t = pointer+"/"+name, field.Type
	}
	return pointer
}
