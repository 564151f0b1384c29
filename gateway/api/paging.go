package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Page asks for one page of a list.
type Page struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	After string `query:"after" maxLength:"1024" doc:"The after_cursor of the page before."`
}

// List is one page.
type List[T any] struct {
	Data  []T      `json:"data"`
	Meta  ListMeta `json:"meta"`
	Links Links    `json:"links"`
}

// ListMeta says whether there is more.
type ListMeta struct {
	HasMore     bool   `json:"has_more"`
	AfterCursor string `json:"after_cursor,omitempty"`
}

// Links leads to the next page.
type Links struct {
	Next string `json:"next,omitempty"`
}

type listOutput[T any] struct{ Body List[T] }

// position is a store position as a cursor carries it: times are told from numbers.
type position struct {
	Text   *string    `json:"s,omitempty"`
	Number *int64     `json:"n,omitempty"`
	Time   *time.Time `json:"t,omitempty"`
}

// cursor seals a position for the list it belongs to, so that nobody reads elsewhere with a made-up one.
func (s *Server) cursor(list string, after []any) string {
	if after == nil {
		return ""
	}
	positions := make([]position, len(after))
	for i, v := range after {
		switch v := v.(type) {
		case string:
			positions[i].Text = &v
		case int64:
			positions[i].Number = &v
		case time.Time:
			positions[i].Time = &v
		}
	}
	body, _ := json.Marshal(positions) // strings, numbers and times marshal
	return base64.RawURLEncoding.EncodeToString(append(s.seal(list, body), body...))
}

// sealSize is how much of the HMAC a cursor carries, in bytes.
const sealSize = 8

func (s *Server) seal(list string, body []byte) []byte {
	mac := hmac.New(sha256.New, s.DB.Salt)
	mac.Write([]byte("cursor\x00" + list + "\x00"))
	mac.Write(body)
	return mac.Sum(nil)[:sealSize]
}

// after opens a cursor of the same list; nil for the first page.
func (s *Server) after(list, cursor string) ([]any, error) {
	if cursor == "" {
		return nil, nil
	}
	bad := newProblem(400, "invalid_request", "the cursor is not one of this list")
	sealed, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(sealed) < sealSize || !hmac.Equal(sealed[:sealSize], s.seal(list, sealed[sealSize:])) {
		return nil, bad
	}
	var positions []position
	if err := json.Unmarshal(sealed[sealSize:], &positions); err != nil {
		return nil, bad
	}
	after := make([]any, len(positions))
	for i, p := range positions {
		switch {
		case p.Text != nil:
			after[i] = *p.Text
		case p.Number != nil:
			after[i] = *p.Number
		case p.Time != nil:
			after[i] = *p.Time
		}
	}
	return after, nil
}

// maxScan bounds how many documents are read for one page whose filters no index serves. A page may then be short and still have a next one.
const maxScan = 2000

// listing is a list that is read page by page.
type listing[T any, P interface {
	*T
	contact.Stored
}, V any] struct {
	address    string // path and filters: a cursor is good for this list only
	collection store.Collection[T, P]
	of         store.Range
	keep       func(T) bool // what no index filters; nil keeps all
	feed       bool         // the list grows at its end: a cursor is given for there too
	show       func(T) (V, error)
}

// page reads one page of a listing.
func page[T any, P interface {
	*T
	contact.Stored
}, V any](ctx context.Context, s *Server, p Page, l listing[T, P, V]) (*listOutput[V], error) {
	after, err := s.after(l.address, p.After)
	if err != nil {
		return nil, err
	}
	out := &listOutput[V]{Body: List[V]{Data: []V{}}}
	if l.feed {
		out.Body.Meta.AfterCursor = p.After
	}
	r := l.of
	r.After, r.Limit = after, p.Limit
	for scanned := 0; ; scanned += p.Limit {
		docs, next, err := l.collection.List(ctx, r)
		if err != nil {
			return nil, err
		}
		for i := range docs {
			if l.keep != nil && !l.keep(docs[i]) {
				continue
			}
			shown, err := l.show(docs[i])
			if err != nil {
				return nil, err
			}
			out.Body.Data = append(out.Body.Data, shown)
			if len(out.Body.Data) == p.Limit {
				if i < len(docs)-1 || next != nil {
					out.Body.more(l.address, p, s.cursor(l.address, l.collection.Schema().Position(P(&docs[i]), r)))
				}
				return out, nil
			}
		}
		if l.feed && len(docs) > 0 {
			out.Body.Meta.AfterCursor = s.cursor(l.address, l.collection.Schema().Position(P(&docs[len(docs)-1]), r))
		}
		if next == nil {
			return out, nil
		}
		if scanned+p.Limit >= maxScan {
			out.Body.more(l.address, p, s.cursor(l.address, next))
			return out, nil
		}
		r.After = next
	}
}

func (l *List[T]) more(address string, p Page, cursor string) {
	l.Meta = ListMeta{HasMore: true, AfterCursor: cursor}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	l.Links.Next = address + separator + url.Values{"limit": {strconv.Itoa(p.Limit)}, "after": {cursor}}.Encode()
}

// address is a path with the filters that are set.
func address(path string, filters ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(filters); i += 2 {
		if filters[i+1] != "" {
			query.Set(filters[i], filters[i+1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// timeText is a time as a filter, empty for none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
