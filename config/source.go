package config

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/goccy/go-yaml/ast"
)

// What Source.OnFail says.
const (
	OnFailRecord = "record"
	OnFailAttach = "attach"
)

// Source is one way in: one provider account or number, with its own address,
// secrets and settings.
type Source struct {
	// Name, part of the hook's address and of stored keys: never change it. Lower case letters, digits and -, at most 63.
	Name string `yaml:"name" jsonschema:"pattern=^[a-z0-9][a-z0-9-]{0\\,62}$"`
	// The adapter that reads this source, such as twilio. Its own settings stand beside it under its name.
	Adapter string `yaml:"adapter"`
	// Country (two capitals) of national numbers that come in here. Empty: workspace.region.
	Region string `yaml:"region"`
	// What proves a webhook genuine. Two while rotating: either is accepted.
	Secrets []Secret `yaml:"secrets"`
	// A contact whose sender is proven false (DMARC or STIR failed): record it without a profile, or attach it all the same.
	OnFail string `yaml:"on_fail" jsonschema:"enum=record,enum=attach"`
	// Address under which this source's provider reaches us, if not listen.public_url.
	PublicURL string `yaml:"public_url"`

	// A function for the reason that Secret has one: the section and the
	// environment it reads may hold secrets.
	section func() *section
}

// section is an adapter's own part of the file, kept until the adapter asks.
type section struct {
	node    ast.Node
	path    string
	decoder decoder // file, dir and environ only
	shown   atomic.Pointer[any]
}

func (d *decoder) source(source *Source, n ast.Node, path string) {
	source.OnFail = OnFailRecord
	name := adapterOf(n)
	d.mapping(reflect.ValueOf(source).Elem(), n, path, extra{key: name, take: func(value ast.Node) {
		kept := &section{
			node: value, path: below(path, name),
			decoder: decoder{file: d.file, dir: d.dir, environ: d.environ},
		}
		source.section = func() *section { return kept }
	}})
}

// adapterOf looks ahead for the adapter's name: its section may stand before it.
func adapterOf(n ast.Node) string {
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		return ""
	}
	for _, pair := range mapping.Values {
		if keyText(pair) == "adapter" {
			name, _ := textOf(pair.Value)
			return name
		}
	}
	return ""
}

// Decode fills the adapter's own struct (a pointer to it, its defaults set)
// from the source's section, as strictly as the rest of the file and with the
// same errors. Fields need yaml tags; texts, numbers, booleans, time.Duration,
// Size, Secret, URI, encoding.TextUnmarshaler, and lists, maps, pointers and
// structs of these are understood. Without a section the defaults stay.
func (s Source) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decoding the section of source %s: %T is no pointer to a struct", s.Name, into)
	}
	if s.section == nil {
		return nil
	}
	kept := s.section()
	d := kept.decoder
	d.origin = map[string]string{}
	d.value(v.Elem(), kept.node, kept.path)
	if err := join(d.problems); err != nil {
		return err
	}
	shown := tree(v.Elem())
	kept.shown.Store(&shown)
	return nil
}
