package email_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/gateway/contact"
)

// label is what a reader makes of a mail of testdata/mails. Labels are written by hand, from reading the mail and never from what the code says; a field that is left out cannot be said of the mail and is not scored.
//
// The mails came to support@acme.example. Ours are the domain acme.example, the agents anna.agent@acme.example and ben@agents.example (wherever they write from) and the number +49 30 1234567; our server is mx.acme.example,
// the form form@forms.example is a registered relay, and numbers without a country are German.
type label struct {
	Class     *string             `json:"class"`
	Sender    *string             `json:"sender"` // the key of the contact's address; of a bounce, the failed recipient's as we wrote it
	Name      *string             `json:"name"`
	Subject   *string             `json:"subject"`
	Text      *string             `json:"text"`
	TextHas   []string            `json:"text_has"`
	TextLacks []string            `json:"text_lacks"`
	Own       *string             `json:"own"`
	Signature *string             `json:"signature"`
	Evidence  map[string][]string `json:"evidence"` // phone, email, company, title, link: all that the sender says of himself; not ours, nor the address he wrote from
	Assurance *string             `json:"assurance"`
	Files     *[]named            `json:"files"`
	About     string              `json:"about"` // what is special
}

// named is a file of a mail.
type named struct {
	Filename    string `json:"filename"`
	ContentType string `json:"content_type"`
}

const fewestMails = 120

// floors are the shares of right answers, in per cent, below which nobody may fall. Each is what was reached when it was last raised: a change that reads one mail worse has to say why.
var floors = []struct {
	field string
	floor float64
}{
	{"class", 99.65}, // an absence note that says so only in its text is read as a person's
	{"sender", 100},
	{"name", 100},
	{"subject", 99.65}, // an encoded word that is folded in its middle keeps a blank there
	{"text", 100},
	{"own", 99.56},       // a nickname below the text is not known for a signature
	{"signature", 99.56}, // the same
	{"assurance", 100},
	{"files", 100},
	{"phone", 100},
	{"email", 100},
	{"company", 100},
	{"title", 100},
	{"link", 100},
}

// score counts the right answers.
type score struct {
	t         *testing.T
	right, of map[string]int
}

func (s *score) count(mail, field, want, got string) {
	want, got = folded(want), folded(got)
	s.of[field]++
	if want == got {
		s.right[field]++
		return
	}
	if testing.Verbose() {
		s.t.Logf("%s: %s\n  want %q\n  got  %q", mail, field, want, got)
	}
}

// folded is a text without its layout and without where its links lead, which a reader does not see.
func folded(s string) string {
	return strings.Join(strings.Fields(target.ReplaceAllString(s, " ")), " ")
}

var target = regexp.MustCompile(`<(?:https?|mailto|tel):[^<>\s]*>`)

// Whole mails, of many languages and programs and as damaged as they come, are read as a person reads them.
func TestMailsAreReadAsAPersonReadsThem(t *testing.T) {
	t.Parallel()
	labels, err := filepath.Glob("testdata/mails/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(labels), fewestMails)
	adapter := scored(t)
	s := &score{t, map[string]int{}, map[string]int{}}
	for _, path := range labels {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		s.mail(name, readLabel(t, path), read(t, adapter, name))
	}
	var table strings.Builder
	for _, f := range floors {
		share := 100 * float64(s.right[f.field]) / float64(max(1, s.of[f.field]))
		fmt.Fprintf(&table, "%-10s %4d of %4d  %6.2f %%\n", f.field, s.right[f.field], s.of[f.field], share)
		if share < f.floor {
			t.Errorf("%s: %.2f %% are right, want %.2f %%", f.field, share, f.floor)
		}
	}
	t.Logf("%d mails\n%s", len(labels), table.String())
}

// scored is the adapter of the mailbox, built as an operator builds it.
func scored(t *testing.T) adapters.Adapter {
	t.Helper()
	from := source(t, "127.0.0.1:993", "authserv_ids: [mx.acme.example], relays: [form@forms.example]")
	from.Own = adapters.Own{
		Emails: []string{user}, Domains: []string{"acme.example"}, Numbers: []string{"+49301234567"}, Agents: []string{"anna.agent@acme.example", "ben@agents.example"},
	}
	adapter, err := email.New(from)
	require.NoError(t, err)
	return adapter
}

func readLabel(t *testing.T, path string) label {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	var l label
	require.NoError(t, decoder.Decode(&l), path)
	require.NotEmpty(t, l.About, path)
	return l
}

// read is the mail's event; the first of several.
func read(t *testing.T, adapter adapters.Adapter, name string) contact.Data {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata/mails", name+".eml"))
	require.NoError(t, err)
	received := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	events, err := adapter.Normalize(contact.Delivery{Source: "mail", Key: name, ReceivedAt: received}, bytes.NewReader(raw))
	require.NoError(t, err, name)
	require.NotEmpty(t, events, name)
	return events[0].Data
}

// mail scores one mail.
func (s *score) mail(name string, want label, got contact.Data) {
	text, files := content(got)
	from := address(got.From)
	for _, f := range []struct {
		field string
		want  *string
		got   string
	}{
		{"class", want.Class, string(got.Class)},
		{"sender", want.Sender, from.Value},
		{"name", want.Name, got.From.DisplayName},
		{"subject", want.Subject, got.Conversation.Subject},
		{"text", want.Text, text.Text},
		{"own", want.Own, text.Of(contact.OwnText)},
		{"signature", want.Signature, text.Of(contact.Signature)},
		{"assurance", want.Assurance, cmp.Or(string(from.Assurance), string(contact.None))},
	} {
		if f.want != nil {
			s.count(name, f.field, *f.want, f.got)
		}
	}
	s.snippets(name, want, text.Text)
	if want.Files != nil {
		s.count(name, "files", fmt.Sprint(*want.Files), fmt.Sprint(files))
	}
	for kind, values := range want.Evidence {
		s.count(name, kind, sorted(values), sorted(evidence(got, kind)))
	}
}

// snippets scores a text of which the label holds pieces only.
func (s *score) snippets(name string, want label, text string) {
	if len(want.TextHas)+len(want.TextLacks) == 0 {
		return
	}
	got := "as labelled"
	for _, piece := range want.TextHas {
		if !strings.Contains(folded(text), folded(piece)) {
			got = fmt.Sprintf("%q is missing in %q", piece, text)
		}
	}
	for _, piece := range want.TextLacks {
		if strings.Contains(folded(text), folded(piece)) {
			got = fmt.Sprintf("%q is in %q", piece, text)
		}
	}
	s.count(name, "text", "as labelled", got)
}

func content(d contact.Data) (text contact.Part, files []named) {
	files = []named{}
	for _, p := range d.Content {
		switch {
		case p.Media != nil:
			files = append(files, named{p.Media.Filename, p.Media.ContentType})
		case p.Kind == "text" && p.Format == "plain":
			text = p
		}
	}
	return text, files
}

func address(p contact.Party) contact.Identifier {
	for _, id := range p.Identifiers {
		if id.Scheme == contact.Mailto {
			return id
		}
	}
	return contact.Identifier{}
}

func evidence(d contact.Data, kind string) []string {
	schemes := map[string]string{"phone": string(contact.Tel), "email": string(contact.Mailto)}
	var values []string
	for _, e := range d.Evidence {
		if e.Kind == cmp.Or(schemes[kind], kind) {
			values = append(values, e.Left)
		}
	}
	return values
}

func sorted(values []string) string {
	values = slices.Sorted(slices.Values(values))
	return strings.Join(values, " | ")
}
