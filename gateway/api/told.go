package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/keys"
)

// told are the members of answers that say nothing of a person: ids, what was decided, by whom and when. Ids end in _id besides. A member that is not listed is not told to a key that may not read.
var told = strings.Fields(`
	id profiles members from into of path leaves stays duplicates suggested_into survivor created_by done holder duplicate placements data to undone_by
	state status kind outcome how code stands allowed choose_blocks preview_token blockers refusal detail version who ended_by assignee complete
	at created_at updated_at deleted_at recorded_at flagged_at snoozed_until until since ended_at started_at finished_at expires_at added_at
	dry_run format encoding delimiter source size n sha256 domain application looked interactions url
	type title instance errors pointer retryable preview`)

// writing are the scopes that let a key change what it may not read.
var writing = []keys.Scope{keys.ProfilesWrite, keys.DuplicatesReview, keys.ProfilesMerge, keys.ProfilesUndo}

// tell narrows the answers to a key that may write and not read: it is told ids, what was decided, and what it said itself. This is the one place that does, for every operation there is and will be.
func tell(ctx huma.Context, _ string, answer any) (any, error) {
	op := ctx.Operation()
	if op == nil || answer == nil || keys.Allows(callerOf(ctx.Context()), keys.ProfilesRead) || !slices.Contains(writing, scopesOf(op)[0]) {
		return answer, nil
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	whole, err := jsonOf(text)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(ctx.BodyReader()); err != nil {
		return nil, err
	}
	said, _ := jsonOf(body.Bytes()) // a file says nothing that an answer repeats
	own, _ := said.(map[string]any)
	return narrowed(whole, own), nil
}

// tellInDocument says of the answers that tell narrows that they may be narrowed.
func tellInDocument(document *huma.OpenAPI) {
	told := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "What a key without profiles:read is told: ids, what was decided, by whom and when, and what the request said itself."}
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil || !slices.Contains(writing, scopesOf(op)[0]) {
				continue
			}
			for status, response := range op.Responses {
				if answer := response.Content["application/json"]; status < "3" && answer != nil {
					answer.Schema = &huma.Schema{AnyOf: []*huma.Schema{answer.Schema, told}}
				}
			}
		}
	}
}

// jsonOf keeps numbers as they are written.
func jsonOf(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// narrowed keeps of an answer what is told to everybody, and what is as the request said it.
func narrowed(value any, said map[string]any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = narrowed(v[i], said)
		}
	case map[string]any:
		for name, member := range v {
			own, sent := said[name]
			switch {
			case sent && reflect.DeepEqual(own, member):
			case strings.HasSuffix(name, "_id") || slices.Contains(told, name):
				v[name] = narrowed(member, said)
			default:
				delete(v, name)
			}
		}
	}
	return value
}
