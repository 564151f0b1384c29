package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Memory is a store in memory, for searches of many thousand schedules: each of its calls is one atomic step.
type Memory struct {
	mutex sync.Mutex
	docs  map[string]map[string]record // by collection and id
}

// record is a stored document, which shares nothing with whoever wrote or read it.
type record struct {
	version int64
	doc     reflect.Value // the struct
	values  []any         // of the indexed fields
}

var _ store.Driver = (*Memory)(nil)

// NewMemory makes an empty store.
func NewMemory() *Memory { return &Memory{docs: map[string]map[string]record{}} }

// Clone is a store with the same documents, which then goes its own way.
func (m *Memory) Clone() *Memory {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	c := NewMemory()
	for name, docs := range m.docs {
		c.docs[name] = maps.Clone(docs)
	}
	return c
}

// Prepare has nothing to make.
func (*Memory) Prepare(context.Context, []*store.Schema) error { return nil }

// Insert adds a document.
func (m *Memory) Insert(_ context.Context, s *store.Schema, doc contact.Stored) error {
	return m.put(s, doc, func(_ record, found bool) error {
		if found {
			return store.ErrExists
		}
		return nil
	})
}

// InsertMissing adds the documents whose ids are free.
func (m *Memory) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	for _, doc := range docs {
		if err := m.Insert(ctx, s, doc); err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
	}
	return nil
}

// Swap replaces a document.
func (m *Memory) Swap(_ context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	return m.put(s, doc, func(before record, _ bool) error {
		if before.version != old {
			return store.ErrStale
		}
		return nil
	})
}

func (m *Memory) put(s *store.Schema, doc contact.Stored, allowed func(record, bool) error) error {
	copied := s.New()
	reflect.ValueOf(copied).Elem().Set(reflect.ValueOf(doc).Elem())
	unshare(reflect.ValueOf(copied).Elem())
	m.mutex.Lock()
	defer m.mutex.Unlock()
	before, found := m.docs[s.Name][doc.Base().ID]
	if err := allowed(before, found); err != nil {
		return err
	}
	if m.docs[s.Name] == nil {
		m.docs[s.Name] = map[string]record{}
	}
	m.docs[s.Name][doc.Base().ID] = record{doc.Base().Version, reflect.ValueOf(copied).Elem(), s.Values(copied)}
	return nil
}

// Delete removes a document.
func (m *Memory) Delete(_ context.Context, s *store.Schema, id string, old int64) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.docs[s.Name][id].version != old {
		return store.ErrStale
	}
	delete(m.docs[s.Name], id)
	return nil
}

// Read finds documents by id.
func (m *Memory) Read(_ context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	for _, id := range ids {
		m.mutex.Lock()
		doc, ok := m.docs[s.Name][id]
		m.mutex.Unlock()
		if !ok {
			continue
		}
		if err := found(doc.decode); err != nil {
			return err
		}
	}
	return nil
}

func (r record) decode(into any) error {
	target := reflect.ValueOf(into).Elem()
	if target.Type() != r.doc.Type() {
		return fmt.Errorf("decoding %s: stored is %s", target.Type(), r.doc.Type())
	}
	target.Set(r.doc)
	unshare(target)
	return nil
}

// Range lists documents in the order of an index.
func (m *Memory) Range(_ context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	listed, err := m.list(s, r)
	if err != nil {
		return err
	}
	for _, doc := range listed[:min(len(listed), r.Limit)] {
		if err := found(doc.decode); err != nil {
			return err
		}
	}
	return nil
}

// Ranges lists one range after the other.
func (m *Memory) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	for _, r := range all {
		if err := m.Range(ctx, s, r, found); err != nil {
			return err
		}
	}
	return nil
}

// entry is a document's place in an index: the values of its fields, then the id.
type entry struct {
	key []any
	record
}

func (m *Memory) list(s *store.Schema, r store.Range) ([]entry, error) {
	index, err := s.Check(r)
	if err != nil {
		return nil, err
	}
	fields := s.IndexedFields()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var listed []entry
	for id, doc := range m.docs[s.Name] {
		e := entry{record: doc}
		for _, f := range index.Fields {
			e.key = append(e.key, doc.values[slices.Index(fields, f)])
		}
		if e.key = append(e.key, id); within(e.key, r) {
			listed = append(listed, e)
		}
	}
	slices.SortFunc(listed, func(a, b entry) int {
		if r.Descending {
			a, b = b, a
		}
		return compareKeys(a.key, b.key)
	})
	return listed, nil
}

// within reports whether an index key lies in a range.
func within(key []any, r store.Range) bool {
	n := len(r.Equal)
	if compareKeys(key[:n], r.Equal) != 0 {
		return false
	}
	if r.Lower != nil && compare(key[n], r.Lower) < 0 || r.Upper != nil && compare(key[n], r.Upper) >= 0 {
		return false
	}
	if r.After == nil {
		return true
	}
	behind := compareKeys(key[n:], r.After)
	return behind > 0 && !r.Descending || behind < 0 && r.Descending
}

func compareKeys(a, b []any) int {
	return slices.CompareFunc(a, b, compare)
}

func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	}
	return a.(time.Time).Compare(b.(time.Time))
}

// Count counts the documents whose leading index fields are equal.
func (m *Memory) Count(_ context.Context, s *store.Schema, r store.Range) (int64, error) {
	listed, err := m.list(s, store.Range{Index: r.Index, Equal: r.Equal, Limit: 1})
	if r.Limit > 0 {
		listed = listed[:min(len(listed), r.Limit)]
	}
	return int64(len(listed)), err
}

// Dump is what the named collections hold, in an order that does not depend on how they came to hold it.
func (m *Memory) Dump(describe func(doc any) string, schemas ...*store.Schema) string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var lines []string
	for _, s := range schemas {
		for _, r := range m.docs[s.Name] {
			lines = append(lines, describe(r.doc.Addr().Interface()))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Exclusive is true: it is this process's own.
func (*Memory) Exclusive() bool { return true }

// Scrub has nothing to do: what is replaced is gone.
func (*Memory) Scrub(context.Context) error { return nil }

// Ping always succeeds.
func (*Memory) Ping(context.Context) error { return nil }

// Close has nothing to close.
func (*Memory) Close() error { return nil }
