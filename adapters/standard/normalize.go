package standard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"usher/adapters"
	"usher/gateway/contact"
)

// Limits of one delivery and of one event. Beyond them the delivery is kept as unparsed.
const (
	maxEvents      = 1000      // in one delivery
	maxBody        = 64 << 20  // bytes; the gateway's own limit is lower
	maxEvent       = 256 << 10 // bytes: many events share one interaction
	maxKey         = 512       // bytes of an id
	maxParties     = 256       // in to, and in cc
	maxIdentifiers = 32        // of one party
	maxParts       = 100       // of content
	maxUnknown     = 200       // fields that have no place
)

// Normalize reads one event, a list of events, or {"events": [...]}. Its errors say where the body is wrong and never what stands there.
func (a *Adapter) Normalize(d contact.Delivery, body contact.Body) ([]contact.Inbound, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading body: %w", err)
	}
	if len(text) > maxBody {
		return nil, fmt.Errorf("reading body: more than %d bytes", maxBody)
	}
	items, list, err := split(text)
	if err != nil {
		return nil, &adapters.Misread{Pointer: pointerOf(err), Err: fmt.Errorf("reading body: %w", err)}
	}
	events := make([]contact.Inbound, 0, len(items))
	for i, item := range items {
		var e envelope
		if json.Unmarshal(item, &e) == nil && e.own() { // what it cannot be read for, reading the event says
			continue
		}
		fallback, at := d.Key, ""
		if list != "" {
			fallback, at = fmt.Sprintf("%s/%d", d.Key, i), list+strconv.Itoa(i)
		}
		event, err := a.event(item, d, fallback)
		if err == nil {
			err = e.check()
		}
		if err != nil {
			return nil, &adapters.Misread{Pointer: at + pointerOf(err), Err: fmt.Errorf("reading event %d: %w", i+1, err)}
		}
		events = append(events, event)
	}
	return events, nil
}

// envelope is what is looked at before an event is read.
type envelope struct {
	Source string          `json:"source"`
	Data   json.RawMessage `json:"data"`
}

// own reports whether the event is one that an Usher tells of.
func (e envelope) own() bool { return e.Source == contact.OwnSource }

// check refuses an event that says nothing of what happened: it would be recorded as a contact of nobody.
func (e envelope) check() error {
	if data := string(bytes.TrimSpace(e.Data)); data == "" || data == "null" || data == "{}" {
		return misplaced("data", "missing")
	}
	return nil
}

// split tells one event from a list of events, and gives the events as they stand. At is where the list is, as the JSON Pointer of an event begins; empty for one event.
func split(text []byte) (items []json.RawMessage, at string, err error) {
	at = "/"
	list := bytes.TrimLeft(text, " \t\r\n")
	if !bytes.HasPrefix(list, []byte("[")) {
		var envelope struct {
			Type   json.RawMessage `json:"type"`
			Events json.RawMessage `json:"events"`
		}
		if err := json.Unmarshal(text, &envelope); err != nil {
			return nil, "", describe(err)
		}
		if envelope.Type != nil || envelope.Events == nil {
			return []json.RawMessage{text}, "", nil
		}
		if list = envelope.Events; string(list) == "null" {
			return nil, "", misplaced("events", "null instead of a list")
		}
		at = "/events/"
	}
	if err := json.Unmarshal(list, &items); err != nil {
		return nil, "", describe(err)
	}
	if len(items) > maxEvents {
		return nil, "", fmt.Errorf("%d events: at most %d", len(items), maxEvents)
	}
	return items, at, nil
}

// describe says what is wrong with JSON without the values that encoding/json and time put into their errors.
func describe(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return misplaced(fieldName(e.Field), "want "+kindName(e.Type))
	}
	return errors.New("a time is not RFC 3339")
}
