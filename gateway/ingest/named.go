package ingest

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/gateway/contact"
	"usher/matching/mention"
)

// Bounds of a search in text: what is shorter stands anywhere by chance, and what is longer is no request of ours.
const (
	minWord  = 6
	maxWords = 64 << 20
)

// mentions searches what a delivery brought.
func mentions(d contact.Delivery, body contact.Body, t Trace) (bool, error) {
	if !d.ReceivedAt.Before(t.Before) {
		return false, nil
	}
	whole, err := io.ReadAll(io.LimitReader(io.NewSectionReader(body, 0, body.Size()), maxWords))
	if err != nil {
		return false, fmt.Errorf("reading delivery: %w", err)
	}
	whole = append(whole, d.URL...)
	for _, h := range d.Header {
		whole = append(whole, h.Value...)
	}
	return t.Names(whole), nil
}

// How a number is searched: without what people write between its digits, and without a country's code, as far as enough is left to tell it from others.
const (
	between     = " +-./()\t\u00a0"
	longestCode = 3
	minNumber   = 9
)

// Names reports whether a text holds one of the words, as it is or as forms and addresses write it; a number in whatever spelling.
func (t Trace) Names(text []byte) bool {
	text = bytes.ToLower(text)
	squeezed := bytes.Map(func(r rune) rune {
		if strings.ContainsRune(between, r) {
			return -1
		}
		return r
	}, text)
	return slices.ContainsFunc(t.Words, func(word string) bool {
		word = strings.ToLower(word)
		if number, is := strings.CutPrefix(word, "+"); is && len(number) >= minWord {
			return bytes.Contains(squeezed, []byte(number[max(0, min(longestCode, len(number)-minNumber)):]))
		}
		return len(word) >= minWord && (bytes.Contains(text, []byte(word)) || bytes.Contains(text, []byte(strings.ToLower(url.QueryEscape(word)))))
	})
}

// InRow reports whether a row of a file names the person, by a contact point or by all words of a name; one of a single word names too many.
func (t Trace) InRow(row string) bool { return t.called(row) || t.Names([]byte(row)) }

// OwnRow reports whether a row is the person's alone, as far as that can be told: it has a name and a contact point of theirs, and no contact point of anybody else. Two people may have one name, or one contact point: neither says by itself whose the rest of the row is.
func (t Trace) OwnRow(row string) bool {
	rest, own := t.ownPoints(row)
	return own && t.called(rest) // an address made of the name says nothing more
}

// called reports whether all words of one of the person's names stand in a text, in whatever order: files have columns for them.
func (t Trace) called(text string) bool {
	text = escapes.ReplaceAllString(strings.ToLower(text), " ")
	return slices.ContainsFunc(t.Called, func(name string) bool {
		words := strings.Fields(strings.ToLower(name))
		return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !standsIn(text, w) })
	})
}

// escapes are those of JSON, cards and links: their letters belong to no word.
var escapes = regexp.MustCompile(`\\u00[01234567][0-9a-f]|\\[nrt]|%[01234567][0-9a-f]`)

// standsIn reports whether a word stands in a text by itself.
func standsIn(text, word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for at := 0; ; {
		next := strings.Index(text[at:], word)
		if next < 0 {
			return false
		}
		start, end := at+next, at+next+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if inside := joins(before) && joins(first) || joins(last) && joins(after); !inside {
			return true
		}
		at = start + 1
	}
}

// joins reports whether a sign is a piece of the same word as its like beside it. Scripts without blanks have no such words: 山田太郎.
func joins(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// ownPoints reports whether a text has contact points, and only such of the person; rest is what else stands in it.
func (t Trace) ownPoints(text string) (rest string, own bool) {
	rest = text
	for _, f := range mention.In(text, nil) {
		if f.Kind == mention.Reference {
			continue
		}
		if !t.own(f) {
			return rest, false
		}
		rest, own = strings.ReplaceAll(rest, text[f.Start:f.End], " "), true
	}
	return rest, own && !maybePoint.MatchString(rest)
}

// maybePoint is what is left of an address or a number that nobody could read.
var maybePoint = regexp.MustCompile(`@|[0-9]{9}`)

// own reports whether something that a text mentions is the person's: the very address, the number with or without its country's code.
func (t Trace) own(f mention.Found) bool {
	return slices.ContainsFunc(t.Words, func(word string) bool {
		number, is := strings.CutPrefix(word, "+")
		if f.Kind == mention.Tel {
			digits := strings.TrimLeft(f.Value, "+0")
			return is && len(digits) >= minWord && strings.HasSuffix(number, digits)
		}
		return strings.EqualFold(word, f.Value)
	})
}
