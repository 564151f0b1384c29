package ingest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"usher/gateway/contact"
	"usher/matching/mention"
)

// heard is what the sender's own words mention: addresses, telephone numbers, numbers of orders and tickets, each with its part and its span. What we wrote, what they quote, copy or pass on, and what an agent wrote above a forwarded mail says nothing of them.
func (o Own) heard(in contact.Inbound, policy contact.Policy) []contact.Evidence {
	if t := in.Data.Transcript; t != nil {
		return o.said(*t)
	}
	if !policy.Creates || in.Data.Direction != contact.FromCustomer || relayed(in.Data) {
		return nil
	}
	var all []contact.Evidence
	for _, part := range in.Data.Content {
		if part.Format != "html" && part.Text != "" { // beside a mail's HTML stands its text
			all = append(all, o.written(part)...)
		}
	}
	return all
}

// relayed reports whether the words are not the person's whom the event is from.
func relayed(data contact.Data) bool {
	return data.RelatesTo != nil && data.RelatesTo.Kind == "forwards" ||
		slices.ContainsFunc(data.From.Identifiers, func(id contact.Identifier) bool { return id.Provenance == contact.FromAgent })
}

// written is what a part's own text and signature mention.
func (o Own) written(part contact.Part) []contact.Evidence {
	var all []contact.Evidence
	if len(part.Sections) == 0 {
		for _, s := range mention.Own(part.Text) {
			at := utf8.RuneCountInString(part.Text[:s[0]])
			all = append(all, placedIn(part.Text[s[0]:s[1]], mention.In(part.Text[s[0]:s[1]], o.References), contact.Place{Part: string(contact.OwnText), Span: []int{at}})...)
		}
		return all
	}
	runes := []rune(part.Text)
	for _, s := range part.Sections {
		if s.Kind != contact.OwnText && s.Kind != contact.Signature || s.Start < 0 || s.Start > s.End || s.End > len(runes) {
			continue
		}
		text := string(runes[s.Start:s.End])
		all = append(all, placedIn(text, mention.In(text, o.References), contact.Place{Part: string(s.Kind), Span: []int{s.Start}})...)
	}
	return all
}

// speakers are the names that providers give the caller's side.
var speakers = []string{"customer", "caller", "inbound", "inbound_track", "external", "user"}

// said is what the caller's side of a transcript mentions. One whose speakers are not told apart is all the caller's: a voicemail.
func (o Own) said(t contact.Transcript) []contact.Evidence {
	var all []contact.Evidence
	told := false
	for _, s := range t.Segments {
		told = told || s.Speaker != ""
	}
	if !told {
		return placedIn(t.Text, mention.Said(t.Text, o.References), contact.Place{Part: "transcript", Span: []int{0}})
	}
	for _, s := range t.Segments {
		if !slices.Contains(speakers, strings.ToLower(s.Speaker)) {
			continue
		}
		for _, e := range placedIn(s.Text, mention.Said(s.Text, o.References), contact.Place{Part: "transcript", Span: []int{0}}) {
			e.Source.Span = nil // a segment's place in the text is not told
			all = append(all, e)
		}
	}
	return all
}

// placedIn are mentions of a text as evidence. The place's span holds the rune at which the text begins.
func placedIn(text string, found []mention.Found, begin contact.Place) []contact.Evidence {
	all := make([]contact.Evidence, 0, len(found))
	at, runes := 0, begin.Span[0]
	for _, f := range found {
		runes += utf8.RuneCountInString(text[at:f.Start])
		length := utf8.RuneCountInString(text[f.Start:f.End])
		place := contact.Place{Part: begin.Part, Span: []int{runes, runes + length}}
		all = append(all, contact.Evidence{Kind: string(f.Kind), Left: f.Value, Via: f.Name, Provenance: contact.Extracted, Source: &place})
		at, runes = f.End, runes+length
	}
	return all
}

// tells reports whether a provider's notice tells of a customer's call what the caller said, and the call was nobody else's words: one recorded in two channels is a conversation with us.
func tells(c inbound, recorded contact.Interaction) bool {
	t := c.event.Inbound.Data.Transcript
	if t == nil || len(c.evidence) == 0 || recorded.Direction != contact.FromCustomer || !recorded.Class.Policy().Creates {
		return false
	}
	return !slices.ContainsFunc(recorded.Events, func(e contact.Event) bool {
		r := e.Inbound.Data.Recording
		return r != nil && r.Channels > 1 && len(t.Segments) == 0
	})
}

// maxReferences is how many numbers of orders and tickets a profile keeps, so that who orders often has place for other evidence.
const maxReferences = 16

// full reports whether a profile keeps no more evidence of a kind.
func full(p contact.Profile, e contact.Evidence) bool {
	n := 0
	for _, k := range p.Evidence {
		if k.Kind == string(mention.Reference) && k.Provenance == contact.Extracted {
			n++
		}
	}
	return e.Kind == string(mention.Reference) && n >= maxReferences
}
