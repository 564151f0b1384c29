package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/invopop/jsonschema"

	"usher/config"
)

const module = "usher"

// newSchema describes the whole file, the adapters' sections in their place.
func newSchema(here, root string, sections []section) (*jsonschema.Schema, error) {
	reflector, err := newReflector(here, root, sections)
	if err != nil {
		return nil, err
	}
	schema := reflector.Reflect(config.Config{})
	schema.Title = "Usher's configuration"
	setDefaults(schema, reflect.ValueOf(config.Default()))
	source := property(schema, "sources").Items
	source.Required = []string{"name", "adapter"}
	setDefaults(source, reflect.ValueOf(config.Source{OnFail: config.OnFailRecord}))
	for _, s := range sections {
		part := reflector.Reflect(s.Value)
		part.Version = ""
		setDefaults(part, reflect.Indirect(reflect.ValueOf(s.Value)))
		source.Properties.Set(s.Name, part)
	}
	return schema, nil
}

// newReflector reads the comments of config and of every adapter listed.
func newReflector(here, root string, sections []section) (*jsonschema.Reflector, error) {
	reflector := &jsonschema.Reflector{
		Anonymous:                  true,
		DoNotReference:             true, // every adapter's struct is called Config
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapped,
	}
	folders := []string{"config"}
	for _, s := range sections {
		pkg := reflect.Indirect(reflect.ValueOf(s.Value)).Type().PkgPath()
		folders = append(folders, strings.TrimPrefix(pkg, module+"/"))
	}
	for _, folder := range folders {
		// The reflector joins its base with the relative folder, so the base is
		// where we stand.
		relative := filepath.Join(root, filepath.FromSlash(folder))
		if err := reflector.AddGoComments(here, relative, jsonschema.WithFullComment()); err != nil {
			return nil, fmt.Errorf("reading the comments of %s: %w", path.Join(module, folder), err)
		}
	}
	for key, comment := range reflector.CommentMap {
		reflector.CommentMap[key] = strings.Join(strings.Fields(comment), " ")
	}
	return reflector, nil
}

// mapped describes the types that are written otherwise than their Go kind. The
// title is what the reference calls them.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Title: "duration", Type: "string", Pattern: `^([0-9]+d)?([0-9.]+(ns|us|µs|ms|s|m|h))*$`}
	case reflect.TypeFor[config.Size]():
		return &jsonschema.Schema{Title: "size", AnyOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0"},
			{Type: "string", Pattern: `^[0-9]+ ?(GiB|MiB|KiB|GB|MB|KB|B)?$`},
		}}
	case reflect.TypeFor[config.Secret]():
		return secretSchema("secret")
	case reflect.TypeFor[config.URI]():
		return secretSchema("address")
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

func secretSchema(title string) *jsonschema.Schema {
	return &jsonschema.Schema{Title: title, OneOf: []*jsonschema.Schema{
		{Type: "string"}, oneKey("file"), oneKey("env"),
	}}
}

func oneKey(name string) *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	properties.Set(name, &jsonschema.Schema{Type: "string"})
	return &jsonschema.Schema{
		Type: "object", Properties: properties, Required: []string{name}, AdditionalProperties: jsonschema.FalseSchema,
	}
}

// setDefaults writes a struct's values into its schema. Empty texts and lists
// are left out: their comments say what they mean.
func setDefaults(schema *jsonschema.Schema, v reflect.Value) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		field := property(schema, name)
		if field == nil {
			continue
		}
		if v.Field(i).Kind() == reflect.Struct && field.Properties != nil {
			setDefaults(field, v.Field(i))
			continue
		}
		field.Default = defaultOf(v.Field(i))
	}
}

func defaultOf(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Duration:
		return config.FormatDuration(x)
	case config.Size:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer:
		return nil
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
	}
	return v.Interface()
}

func property(schema *jsonschema.Schema, name string) *jsonschema.Schema {
	if schema.Properties == nil {
		return nil
	}
	found, _ := schema.Properties.Get(name)
	return found
}

func encode(schema *jsonschema.Schema) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		return nil, fmt.Errorf("encoding the schema: %w", err)
	}
	return buffer.Bytes(), nil
}
