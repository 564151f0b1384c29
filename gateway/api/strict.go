package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// strict refuses what the document does not allow and huma lets pass: a parameter that is there and empty, which it takes for one that is not, and a null for a value that cannot be null.
func (s *Server) strict(ctx huma.Context, next func(huma.Context)) {
	mistakes := append(emptyParameters(ctx), s.nulls(ctx)...)
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

// nulls finds the nulls of a JSON body. A body that is no JSON is for others to refuse.
func (s *Server) nulls(ctx huma.Context) []Mistake {
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
	return s.nullsOf("body", body, media.Schema)
}

func (s *Server) nullsOf(at string, value any, schema *huma.Schema) (mistakes []Mistake) {
	for schema != nil && schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if schema == nil {
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
