package config

import (
	"errors"
	"strings"
)

// problem is one mistake: where it stands (file:line:column or a variable's
// name), the YAML path of the setting, and what is wrong, without the value.
type problem struct{ where, path, text string }

func (p problem) Error() string {
	var parts []string
	for _, part := range []string{p.where, p.path, p.text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return oneLine.Replace(strings.Join(parts, ": "))
}

// oneLine keeps a mistake on a line of its own: names in it may be spread over several.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

// maxProblems bounds what one reading reports: beyond that the list hides more
// than it shows.
const maxProblems = 20

func join(problems []problem) error {
	var errs []error
	for _, p := range problems[:min(len(problems), maxProblems)] {
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}
