package main

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/matching/evaluate"
)

// replayBegins is the t of 0 of a file of contacts; its 1 is two years later.
var replayBegins = time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC)

const replayLasts = 2 * 365 * 24 * time.Hour

// replayChannels are the channels of a file of contacts, by its words and by ours.
var replayChannels = map[string]contact.Channel{
	"call": contact.Voice, "webchat": contact.WebChat, "facebook": contact.Messenger, "telegram": "telegram",
	"email": contact.Email, "voice": contact.Voice, "sms": contact.SMS, "whatsapp": contact.WhatsApp, "messenger": contact.Messenger, "rcs": contact.RCS, "web_chat": contact.WebChat,
}

// contactLine is one contact of a file.
type contactLine struct {
	id      string
	t       float64 // from 0 to 1
	channel contact.Channel
	value   func(column string) string
}

// contactLines reads a file of contacts whole, so that a mistake in its last row is not found when all before it were replayed.
func contactLines(t evaluate.Table) ([]contactLine, error) {
	columns, err := columnsOf(t, "id", "t", "channel", "display_name", "email", "phone", "handle", "sig_name", "sig_phone", "sig_email", "org", "city", "postcode", "lang")
	if err != nil {
		return nil, err
	}
	if err := t.Distinct("id"); err != nil {
		return nil, err
	}
	lines := make([]contactLine, len(t.Rows))
	for i, row := range t.Rows {
		value := func(column string) string { return row[columns[column]] }
		at, err := strconv.ParseFloat(strings.TrimSpace(value("t")), 64)
		if err != nil || !(at >= 0 && at <= 1) {
			return nil, fmt.Errorf("row %d: its t is no number from 0 to 1", evaluate.RowNumber(i))
		}
		channel, known := replayChannels[strings.TrimSpace(value("channel"))]
		if !known {
			return nil, fmt.Errorf("row %d: there is no such channel: it is one of %s", evaluate.RowNumber(i), strings.Join(slices.Sorted(maps.Keys(replayChannels)), ", "))
		}
		lines[i] = contactLine{id: strings.TrimSpace(value("id")), t: at, channel: channel, value: value}
	}
	return lines, nil
}

// replayed is a line of a file of contacts as the event that a sender would have handed in.
func replayed(l contactLine) contact.Inbound {
	in := contact.Inbound{
		SpecVersion: "1.0", ID: l.id, Type: contact.MessageReceived, Time: replayBegins.Add(time.Duration(l.t * float64(replayLasts))),
		Data: contact.Data{
			Channel: l.channel, Direction: contact.FromCustomer,
			From:     contact.Party{DisplayName: l.value("display_name"), Language: l.value("lang"), Identifiers: ownPoints(l.value)},
			Evidence: foundValues(l.value),
		},
	}
	if in.Data.Channel == contact.Voice {
		in.Type = contact.CallStarted
		in.Data.Call = &contact.Call{ID: l.id, State: "ringing"}
		in.Data.From.Withheld = len(in.Data.From.Identifiers) == 0
	}
	return in
}

// ownPoints are the sender's own contact points. A WhatsApp handle is the number that stands beside it.
func ownPoints(value func(string) string) []contact.Identifier {
	var own []contact.Identifier
	if v := value("phone"); v != "" {
		own = append(own, contact.Identifier{Scheme: contact.Tel, Value: v})
	}
	if v := value("email"); v != "" {
		own = append(own, contact.Identifier{Scheme: contact.Mailto, Value: v})
	}
	switch network, account, _ := strings.Cut(value("handle"), ":"); network {
	case "", "wa":
	case "tg":
		own = append(own, contact.Identifier{Scheme: contact.Telegram, Value: account})
	case "fb":
		own = append(own, contact.Identifier{Scheme: contact.PSID, Value: account, Scope: "page"})
	default:
		own = append(own, contact.Identifier{Scheme: contact.External, Value: account, Scope: network})
	}
	return own
}

// foundValues are what was found in the text, which may be somebody else's.
func foundValues(value func(string) string) []contact.Evidence {
	var found []contact.Evidence
	for _, f := range []struct{ column, kind string }{
		{"sig_name", "name"}, {"sig_phone", string(contact.Tel)}, {"sig_email", string(contact.Mailto)}, {"org", "organization"}, {"city", "city"}, {"postcode", "postcode"},
	} {
		if v := value(f.column); v != "" {
			found = append(found, contact.Evidence{Kind: f.kind, Left: v, Provenance: contact.Extracted})
		}
	}
	return found
}

// columnsOf are the places of columns, all of which must be there.
func columnsOf(t evaluate.Table, names ...string) (map[string]int, error) {
	places := map[string]int{}
	for _, name := range names {
		i := slices.Index(t.Head, name)
		if i < 0 {
			return nil, fmt.Errorf("there is no column %q", name)
		}
		places[name] = i
	}
	return places, nil
}

func writeRows(path string, rows [][]string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	return csv.NewWriter(f).WriteAll(rows)
}
