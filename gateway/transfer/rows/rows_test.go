package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/htmlindex"
	"pgregory.net/rapid"
)

// all reads a file to its end as a job does.
func all(t require.TestingT, file []byte, given Layout) (Layout, []Row) {
	l, err := Inspect(bytes.NewReader(file), given)
	require.NoError(t, err)
	r, err := Open(bytes.NewReader(file), l)
	require.NoError(t, err)
	var read []Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return l, read
		}
		require.NoError(t, err)
		require.EqualValues(t, len(read)+1, row.N)
		read = append(read, row)
	}
}

// shown is a row in one line.
func shown(r Row) string {
	if r.Code != "" {
		return "!" + string(r.Code)
	}
	var text []string
	for _, f := range r.Fields {
		text = append(text, f.Name+"="+f.Value)
	}
	return strings.Join(text, " ")
}

func TestAWrongRowCostsItselfOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"plain":                         {"a,b\n1,2\n3,4\n", []string{"a=1 b=2", "a=3 b=4"}},
		"quotes, commas, lines":         {"a,b\r\n\"1,\"\"x\"\"\",\"2\r\n3\"\r\n4,5", []string{"a=1,\"x\" b=2\n3", "a=4 b=5"}},
		"a quote that never closes":     {"a,b\n\"1,2\n3,4\n5,6\n", []string{"!bad_quotes", "a=3 b=4", "a=5 b=6"}},
		"a quote that others close":     {"a,b\n\"1,2\n\"3\",\"4\"\n5,6\n", []string{"!bad_quotes", "a=3 b=4", "a=5 b=6"}},
		"a quote that swallows a comma": {"a,b\n\"1\n2,\",b\"\n5,6\n", []string{"!bad_quotes", "a=2 b=,b", "a=5 b=6"}},
		"text behind a quote":           {"a,b\n\"1\"x,2\n3,4\n", []string{"!bad_quotes", "a=3 b=4"}},
		"an inch":                       {"a,b\n5\" pipe,2\n", []string{"a=5\" pipe b=2"}},
		"too few and too many columns":  {"a,b\n1\n1,2,3\n1,2,,\n", []string{"!wrong_columns", "!wrong_columns", "a=1 b=2"}},
		"empty lines":                   {"\n\na,b\n\n1,2\n\n", []string{"a=1 b=2"}},
		"sep line":                      {"sep=;\na;b\n1,5;2\n", []string{"a=1,5 b=2"}},
		"semicolons":                    {"a;b;c\n1,5;2;3\n", []string{"a=1,5 b=2 c=3"}},
		"tabs":                          {"a\tb\n1\t2\n", []string{"a=1 b=2"}},
		"the ends of old Macs":          {"a,b\r1,2\r\"3\r4\",5\r\r6,7\r", []string{"a=1 b=2", "a=3\n4 b=5", "a=6 b=7"}},
		"ends of every kind":            {"sep=;\ra;b\r1;2\r\n3;4\n5;6\r7;8\n\r9;10", []string{"a=1 b=2", "a=3 b=4", "a=5 b=6", "a=7 b=8", "a=9 b=10"}},
		"objects of old Macs":           {"{\"a\":1}\r{\"a\":2}\r", []string{"a=1", "a=2"}},
		"one column":                    {"mail\nx@y.example\n", []string{"mail=x@y.example"}},
		"a zero byte":                   {"a,b\n1\x00,2\n3,4\n", []string{"!wrong_encoding", "a=3 b=4"}},
		"bytes that are not UTF-8":      {"a,b\nMüller,Köln\nM\xfcller,2\n3,4\n", []string{"a=Müller b=Köln", "!wrong_encoding", "a=3 b=4"}},
		"ndjson":                        {"{\"a\":1,\"b\":{\"c\":[\"x\",\"y\"]},\"d\":null}\n{\"a\":\n\n[1]\n{\"a\":2}{}\n{\"a\":3}\n", []string{"a=1 b.c=x b.c=y", "!bad_json", "!bad_json", "!bad_json", "a=3"}},
		"a page of Zendesk's":           {`{"count":2,"users":[{"id":1},{"id":2}],"next_page":null}`, []string{"id=1", "id=2"}},
		"a list that breaks off":        {"[{\"id\":1},\n{\"id\":", []string{"id=1", "!bad_json"}},
		"an indented document":          {"{\n  \"users\": [\n    {\"id\": 1}\n  ]\n}\n", []string{"id=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, read := all(t, []byte(c.file), Layout{})
			var got []string
			for _, r := range read {
				got = append(got, shown(r))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestCardsOfEveryVersion(t *testing.T) {
	t.Parallel()
	file := strings.Join([]string{
		"BEGIN:VCARD", "VERSION:3.0", "N:Muster;Anna\\;Maria;;;", "FN:Anna Muster", "item1.EMAIL;type=INTERNET;type=pref:anna@muster.example", "TEL;type=CELL;type=VOICE:+49 171", " 1234567", "PHOTO;ENCODING=b:" + strings.Repeat("A", 70), " " + strings.Repeat("B", 70), "CATEGORIES:myContacts,vip", "END:VCARD",
		"noise", "more noise",
		"begin:vcard", "VERSION:2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=", "rg", "TEL;CELL:0171 765", "END:VCARD",
		"BEGIN:VCARD", "VERSION:4.0", "FN:Broken Off",
		"BEGIN:VCARD", "VERSION:4.0", "FN:Ute", `TEL;VALUE=uri;TYPE="voice,home":tel:+49-30-1`, "ADR:;;Weg 1;Bonn;;53111;DE", "END:VCARD",
		"BEGIN:VCARD", "FN:Never Ended",
	}, "\r\n")
	l, read := all(t, []byte(file), Layout{})
	require.Equal(t, Layout{Format: VCard, Encoding: UTF8}, l)
	var got []string
	for _, r := range read {
		got = append(got, shown(r))
	}
	require.Equal(t, []string{
		"CATEGORIES=myContacts CATEGORIES=vip EMAIL=anna@muster.example FN=Anna Muster N.family=Muster N.given=Anna;Maria TEL=+49 1711234567",
		"!bad_card",
		"N.family=Müller N.given=Jörg TEL=0171 765",
		"!bad_card",
		"ADR.city=Bonn ADR.postcode=53111 ADR.country=DE FN=Ute TEL=tel:+49-30-1",
		"!bad_card",
	}, got)
}

func TestEncodingsAreTold(t *testing.T) {
	t.Parallel()
	german := "Name;Ort\n" + strings.Repeat("Jürgen Groß;Düsseldorf\nÄnne Weiß;Köln\n", 20)
	russian := "Имя,Город\n" + strings.Repeat("Иван Петров,Москва\nОльга Смирнова,Санкт-Петербург\n", 20)
	for encoding, text := range map[string]string{"utf-8": german, "utf-16le": german, "utf-16be": russian, "windows-1252": german, "windows-1251": russian, "koi8-r": russian} {
		t.Run(encoding, func(t *testing.T) {
			t.Parallel()
			e, err := htmlindex.Get(encoding)
			require.NoError(t, err)
			file, err := e.NewEncoder().String(text)
			require.NoError(t, err)
			l, read := all(t, []byte(file), Layout{})
			require.Equal(t, encoding, l.Encoding)
			require.Len(t, read, 40)
			require.Contains(t, text, read[1].Fields[1].Value)
		})
	}
	t.Run("ends of old Macs", func(t *testing.T) {
		t.Parallel()
		for _, encoding := range []string{"utf-16le", "utf-16be", "windows-1251"} {
			e, err := htmlindex.Get(encoding)
			require.NoError(t, err)
			file, err := e.NewEncoder().String(strings.ReplaceAll(russian, "\n", "\r"))
			require.NoError(t, err)
			l, read := all(t, []byte(file), Layout{})
			require.Equal(t, encoding, l.Encoding)
			require.Len(t, read, 40)
		}
	})
	t.Run("a mark", func(t *testing.T) {
		t.Parallel()
		l, read := all(t, []byte(mark+"Mail\nx@y.example\n"), Layout{})
		require.Equal(t, UTF8, l.Encoding)
		require.Equal(t, "Mail=x@y.example", shown(read[0]))
	})
}

// Whoever names the wrong encoding gets rows that are refused where it can be seen, and no people with broken names. A character that was broken before stays what it is.
func TestAWrongEncodingIsRefused(t *testing.T) {
	t.Parallel()
	_, read := all(t, []byte("a,b\nJ\xfcrgen,1\n\x81,2\nx,3\n"), Layout{Format: CSV, Encoding: "utf-8"})
	require.Equal(t, []Code{WrongEncoding, WrongEncoding, ""}, []Code{read[0].Code, read[1].Code, read[2].Code})
	_, read = all(t, []byte("a,b\nJ\xfcrgen,1\n\x98,2\n"), Layout{Format: CSV, Encoding: "windows-1251"})
	require.Equal(t, []Code{"", WrongEncoding}, []Code{read[0].Code, read[1].Code})
	_, read = all(t, []byte("a,b\nJ\uFFFDrgen,1\n"), Layout{})
	require.Equal(t, "a=J\uFFFDrgen b=1", shown(read[0]))
	_, err := Inspect(strings.NewReader("a"), Layout{Encoding: "klingon"})
	require.Error(t, err)
}

// What encoding/csv writes is read as it was, whatever the delimiter; and a line that is broken does not touch the rows around it.
func TestRowsSurviveABrokenNeighbour(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		cell := rapid.StringMatching(`[a-zA-Zäöü0-9,;|"'. ]{0,12}[a-z]`)
		records := rapid.SliceOfN(rapid.SliceOfN(cell, 3, 3), 1, 12).Draw(t, "records")
		broken := rapid.SampledFrom([]string{`"`, `x,"y`, `"a"b,c,d`, `1`, `"""`, `a;"`, "\xff"}).Draw(t, "broken")
		at := rapid.IntRange(0, len(records)).Draw(t, "at")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = delimiter
		write := func(record []string) { require.NoError(t, w.Write(record)); w.Flush() }
		write([]string{"a", "b", "c"})
		for i, r := range records {
			if i == at {
				file.WriteString(broken + "\n")
			}
			write(r)
		}
		_, read := all(t, file.Bytes(), Layout{Format: CSV, Encoding: UTF8, Delimiter: string(delimiter)})
		var want, got []string
		for _, r := range records {
			want = append(want, fmt.Sprintf("%q", []string{strings.TrimSpace(r[0]), strings.TrimSpace(r[1]), strings.TrimSpace(r[2])}))
		}
		for _, r := range read {
			if r.Code == "" && len(r.Fields) == 3 {
				got = append(got, fmt.Sprintf("%q", []string{r.Fields[0].Value, r.Fields[1].Value, r.Fields[2].Value}))
			}
		}
		require.Equal(t, want, got)
	})
}

// endless is a file that has no end worth waiting for.
type endless struct {
	head, body, tail string
	left             int64
	at               int
}

func (e *endless) Read(p []byte) (n int, err error) {
	if e.at < len(e.head) {
		n = copy(p, e.head[e.at:])
		e.at += n
		return n, nil
	}
	if e.left > 0 {
		for n < len(p) && e.left > 0 {
			k := copy(p[n:], e.body[:min(int64(len(e.body)), e.left)])
			n, e.left = n+k, e.left-int64(k)
		}
		return n, nil
	}
	if e.tail == "" {
		return 0, io.EOF
	}
	n = copy(p, e.tail)
	e.tail = e.tail[n:]
	return n, nil
}

// A gigabyte in one line, one card, one object is one row that is refused, in bounded memory, and what comes behind it is read.
func TestARowWithoutEndIsRefusedInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes")
	}
	const giga = 1 << 30
	for name, c := range map[string]struct {
		file   endless
		layout Layout
		want   []string
	}{
		"csv":    {endless{head: "a,b\n1,2\n", body: strings.Repeat("x", 64<<10), tail: "\n3,4\n"}, Layout{Format: CSV, Delimiter: ","}, []string{"a=1 b=2", "!too_long", "a=3 b=4"}},
		"quotes": {endless{head: "a,b\n1,2\n\"", body: strings.Repeat("x", 64<<10), tail: "\"\n3,4\n"}, Layout{Format: CSV, Delimiter: ","}, []string{"a=1 b=2", "!too_long", "a=3 b=4"}},
		"ndjson": {endless{head: "{\"a\":1}\n{\"a\":\"", body: strings.Repeat("x", 64<<10), tail: "\"}\n{\"a\":2}\n"}, Layout{Format: NDJSON}, []string{"a=1", "!too_long", "a=2"}},
		"json":   {endless{head: "[{\"a\":1},{\"a\":\"", body: strings.Repeat("x", 64<<10), tail: "\"},{\"a\":2}]"}, Layout{Format: JSON}, []string{"a=1", "!too_long"}},
		"vcard":  {endless{head: "BEGIN:VCARD\nFN:A\nNOTE:x", body: "x\n " + strings.Repeat("y", 1000), tail: "\nEND:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n"}, Layout{Format: VCard}, []string{"!too_long", "FN=B"}},
		"cards":  {endless{head: "BEGIN:VCARD\nFN:A\n", body: "TEL:1\n", tail: "END:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n"}, Layout{Format: VCard}, []string{"!too_many_fields", "FN=B"}},
	} {
		file := c.file
		file.left = giga
		if name == "cards" || raceEnabled { // a hundred million lines take their time
			file.left = giga / 16
		}
		file.left -= file.left % int64(len(file.body))
		r, err := Open(&file, c.layout)
		require.NoError(t, err)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var got []string
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			got = append(got, shown(row))
			require.LessOrEqual(t, len(row.Raw), MaxRaw)
		}
		runtime.ReadMemStats(&after)
		require.Equal(t, c.want, got, name)
		require.Less(t, after.HeapSys-min(before.HeapSys, after.HeapSys), uint64(128<<20), name)
	}
}

// Whatever the bytes are, the reading ends, holds its limits and numbers its rows; and reading in small pieces reads the same.
func fuzz(f *testing.F, format Format, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) == 0 {
			return // Inspect says that there is nothing, which is tested by name
		}
		l, err := Inspect(bytes.NewReader(file), Layout{Format: format})
		require.NoError(t, err)
		whole, first := drain(t, bytes.NewReader(file), l)
		pieces, second := drain(t, iotestOneByte{bytes.NewReader(file)}, l)
		require.Equal(t, whole, pieces)
		require.Equal(t, first, second)
		require.LessOrEqual(t, len(whole), bytes.Count(file, []byte("\n"))+bytes.Count(file, []byte("{"))+bytes.Count(file, []byte("\r"))+bytes.Count(file, []byte(","))+2)
	})
}

// iotestOneByte gives a byte at a time.
type iotestOneByte struct{ in io.Reader }

func (r iotestOneByte) Read(p []byte) (int, error) { return r.in.Read(p[:min(1, len(p))]) }

func drain(t *testing.T, in io.Reader, l Layout) (read []Row, header []string) {
	r, err := Open(in, l)
	if errors.Is(err, ErrEmpty) {
		return nil, nil
	}
	require.NoError(t, err)
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return read, r.Header()
		}
		require.NoError(t, err)
		require.LessOrEqual(t, len(row.Fields), MaxMembers)
		require.LessOrEqual(t, len(row.Raw), MaxRaw+utf8.UTFMax)
		require.True(t, utf8.ValidString(row.Raw))
		for _, field := range row.Fields {
			require.NotEmpty(t, field.Value)
			require.True(t, row.Code == "" && utf8.ValidString(field.Value) && !strings.Contains(field.Value, "\x00"))
		}
		read = append(read, row)
	}
}

func FuzzCSV(f *testing.F) {
	fuzz(f, CSV, "a,b\n1,2\n", "a;b\n\"1;\n2\";3\n\"x\n", "\xff\xfea\x00,\x00b\x00\n\x00", "a\r\n\"\r\n\"\r\n", "a,b\r1,2\r\r\n3,4\n")
}

func FuzzNDJSON(f *testing.F) {
	fuzz(f, NDJSON, `{"a":{"b":[1,true,null,"x"]}}`+"\n", `{"a":`+"\n{}\n")
}

func FuzzJSON(f *testing.F) {
	fuzz(f, JSON, `{"count":1,"users":[{"id":1},{"id":2}]}`, `[{"a":[[[[[[[[[[1]]]]]]]]]]}`)
}

func FuzzVCard(f *testing.F) {
	fuzz(f, VCard, "BEGIN:VCARD\nN:a;b\nTEL;CELL:1\nEND:VCARD\n", "BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=koi8-r:=C1=\n=C2\nEND:VCARD\n")
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xfe\xff\x00a"))
	f.Add([]byte("{\n\"users\":[]}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		l, err := Inspect(bytes.NewReader(file), Layout{})
		if len(file) == 0 {
			require.ErrorIs(t, err, ErrEmpty)
			return
		}
		require.NoError(t, err)
		again, err := Inspect(iotestOneByte{bytes.NewReader(file)}, l)
		require.NoError(t, err)
		require.Equal(t, l, again)
		drain(t, bytes.NewReader(file), l)
	})
}
