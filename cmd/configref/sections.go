package main

import (
	"usher/adapters/email"
	"usher/adapters/standard"
	"usher/adapters/twilio"
)

// section is the part of a source that its adapter decodes: the adapter's name
// and its struct with the defaults set.
type section struct {
	Name  string
	Value any
}

// sections are the adapters' own parts, one line each, by name.
var sections = []section{
	{"email", email.Default()},
	{"standard", standard.Default()},
	{"twilio", twilio.Default()},
}
