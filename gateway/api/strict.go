package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"usher/gateway/contact"
)

// strict refuses what the document does not allow and huma lets pass: a parameter that is there and empty, which it takes for one that is not, a null for a value that cannot be null, and a text that nobody can read.
func (s *Server) strict(ctx huma.Context, next func(huma.Context)) {
	mistakes := append(emptyParameters(ctx), s.bodyMistakes(ctx)...)
	if len(mistakes) == 0 {
		next(ctx)
		return
	}
	p := newProblem(422, "validation_failed", "")
	p.Errors = mistakes
	s.refuse(ctx, p)
}

func emptyParameters(ctx huma.Context) (mistakes []Mistake) {
	address := ctx.URL()
	sent := address.Query()
	for _, p := range ctx.Operation().Parameters {
		values, ok := sent[p.Name]
		if p.In == "query" && ok && slices.Contains(values, "") && !mayBeEmpty(p.Schema) {
			mistakes = append(mistakes, Mistake{Pointer: "query." + p.Name, Code: "invalid", Detail: "leave it out or give it a value"})
		}
	}
	return mistakes
}

// mayBeEmpty reports whether an empty text is a value of a schema.
func mayBeEmpty(s *huma.Schema) bool {
	return s == nil || s.Type == huma.TypeString && s.Format == "" && s.Pattern == "" && (s.MinLength == nil || *s.MinLength == 0) && (s.Enum == nil || slices.Contains(s.Enum, any("")))
}

// bodyMistakes are those of a JSON body. A body that is no JSON is for others to refuse, and what a sender's customers wrote is kept as it is.
func (s *Server) bodyMistakes(ctx huma.Context) []Mistake {
	op := ctx.Operation()
	if op.RequestBody == nil {
		return nil
	}
	media, ok := op.RequestBody.Content[fiber.MIMEApplicationJSON]
	if !ok {
		return nil
	}
	var body any
	if err := json.NewDecoder(ctx.BodyReader()).Decode(&body); err != nil {
		return nil
	}
	mistakes := s.nullsOf("body", body, media.Schema)
	if op.SkipValidateBody {
		return mistakes
	}
	return append(mistakes, s.textsOf("body", body, media.Schema)...)
}

func (s *Server) nullsOf(at string, value any, schema *huma.Schema) (mistakes []Mistake) {
	if schema = s.resolved(schema); schema == nil {
		return nil
	}
	switch v := value.(type) {
	case nil:
		if !schema.Nullable && schema.Type != "" {
			return []Mistake{{Pointer: at, Code: "invalid", Detail: "leave it out instead of null"}}
		}
	case []any:
		for i, item := range v {
			mistakes = append(mistakes, s.nullsOf(at+"["+strconv.Itoa(i)+"]", item, schema.Items)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			if item, ok := v[name]; ok {
				mistakes = append(mistakes, s.nullsOf(at+"."+name, item, schema.Properties[name])...)
			}
		}
	}
	return mistakes
}

// textsOf finds the texts that hold control characters, and those in which there is nothing to see. Of an object whose members have names of the sender's choosing no more than its place is told.
func (s *Server) textsOf(at string, value any, schema *huma.Schema) (mistakes []Mistake) {
	if schema = s.resolved(schema); schema == nil {
		schema = &huma.Schema{}
	}
	switch v := value.(type) {
	case string:
		if detail := unreadable(v); detail != "" {
			return []Mistake{{Pointer: at, Code: "invalid", Detail: detail}}
		}
	case []any:
		for i, item := range v {
			mistakes = append(mistakes, s.textsOf(at+"["+strconv.Itoa(i)+"]", item, schema.Items)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			property, known := schema.Properties[name]
			if known {
				mistakes = append(mistakes, s.textsOf(at+"."+name, v[name], property)...)
				continue
			}
			mistakes = append(mistakes, append(s.textsOf(at, name, nil), s.textsOf(at, v[name], nil)...)...)
		}
	}
	return mistakes
}

// unreadable says why nobody can read a text; empty if it is one, or none.
func unreadable(text string) string {
	switch {
	case contact.Clean(text) == "" && text != "":
		return "there is nothing in it to see"
	case contact.HasControl(text):
		return "it holds control characters"
	}
	return ""
}

func (s *Server) resolved(schema *huma.Schema) *huma.Schema {
	for schema != nil && schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}
