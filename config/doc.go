// Package config holds Usher's settings: one YAML file, overridden by USHER_
// environment variables, read once at start.
//
// It is strict. An unknown key, a key given twice, a value of the wrong kind
// and an unknown USHER_ variable all fail, with the line and column or the name
// of the variable, and never with the value. Anchors, aliases, tags and ${...}
// are refused rather than half understood.
//
// The file is parsed by goccy/go-yaml and decoded here from its syntax tree:
// the library's own decoding turns an unquoted +4930123456 into 4930123456 and
// 007 into 7, cuts 3.7 down to 3, and shows the source lines in its errors,
// where secrets may stand.
//
// The package knows no adapter. A source's own section is kept as it was
// written until its adapter asks for it with [Source.Decode].
//
// schema.json and reference.md are generated from the comments of the structs.
package config

//go:generate go run ../cmd/configref
