package adaptertest

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
)

// FuzzNormalize gives an adapter bodies that nobody sends: it must not panic, must read the same twice, and must give events that can be told apart and were not made up out of nothing.
func FuzzNormalize(f *testing.F, s Suite) {
	webhook := s.build(f, s.Secrets[0])
	r := s.request(f, s.Secrets[0])
	receipt, err := webhook.Receive(r)
	require.NoError(f, err)
	f.Add(r.Purpose, r.Header.Get("Content-Type"), r.Body)
	for _, body := range captured(f) {
		f.Add(r.Purpose, r.Header.Get("Content-Type"), body)
	}
	f.Fuzz(func(t *testing.T, purpose, contentType string, body []byte) {
		d := Delivery(s.Adapter, r, receipt)
		d.Purpose, d.ContentType, d.Body, d.Size = purpose, contentType, body, int64(len(body))
		first, failed := normalize(webhook, d, body)
		second, _ := normalize(webhook, d, body)
		require.Equal(t, text(first), text(second))
		if failed != nil {
			require.Empty(t, first, "events beside an error")
			require.LessOrEqual(t, len(failed.Error()), 300, "the error repeats what was sent")
		}
		for _, in := range first {
			require.NotEmpty(t, in.Type)
			require.NotEqual(t, contact.Unparsed, in.Type)
			RequireText(t, in)
		}
	})
}

// RequireText fails if a text of an event, at any depth, is no UTF-8: not every store and no JSON can hold it.
func RequireText(t testing.TB, in contact.Inbound) {
	t.Helper()
	requireText(t, reflect.ValueOf(in))
}

func requireText(t testing.TB, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		require.True(t, utf8.ValidString(v.String()), "%q is no text", v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			requireText(t, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			requireText(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				requireText(t, v.Field(i))
			}
		}
	}
}

// FuzzReceive gives an adapter requests that nobody signed with its secret: none may be accepted, and none may make it panic.
func FuzzReceive(f *testing.F, s Suite) {
	webhook := s.build(f, s.Secrets[0], s.Secrets[1])
	good := s.request(f, s.Secrets[2])
	for _, name := range s.Signed {
		if name != "url" {
			f.Add(name, good.Header.Get(name), good.Method, good.Purpose, good.URL, good.Body)
		}
	}
	f.Fuzz(func(t *testing.T, name, value, method, purpose, url string, body []byte) {
		r := clone(good)
		r.Header.Set(name, value)
		r.Method, r.Purpose, r.URL, r.Body = method, purpose, url, body
		receipt, err := webhook.Receive(r)
		_, ok := adapters.Refused(err)
		require.True(t, ok, "not refused")
		require.Equal(t, adapters.Receipt{}, receipt)
	})
}

// captured are the bodies of the cases in testdata.
func captured(f *testing.F) [][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/*/request.http")
	require.NoError(f, err)
	var bodies [][]byte
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		bodies = append(bodies, afterHead(raw))
	}
	return bodies
}

func afterHead(raw []byte) []byte {
	for i := 1; i < len(raw); i++ {
		if raw[i] == '\n' && (raw[i-1] == '\n' || i > 2 && string(raw[i-3:i]) == "\r\n\r") {
			return raw[i+1:]
		}
	}
	return nil
}
