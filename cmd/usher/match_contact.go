package main

import (
	"encoding/csv"
	"fmt"
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

var replayChannels = map[string]contact.Channel{"call": contact.Voice, "webchat": contact.WebChat, "facebook": contact.Messenger}

// replayed is a line of a file of contacts as the event that a sender would have handed in.
func replayed(value func(string) string) contact.Inbound {
	t, _ := strconv.ParseFloat(value("t"), 64) // without one, the beginning
	in := contact.Inbound{
		SpecVersion: "1.0", ID: value("id"), Type: contact.MessageReceived, Time: replayBegins.Add(time.Duration(t * float64(replayLasts))),
		Data: contact.Data{
			Channel: contact.Channel(value("channel")), Direction: contact.FromCustomer,
			From:     contact.Party{DisplayName: value("display_name"), Language: value("lang"), Identifiers: ownPoints(value)},
			Evidence: foundValues(value),
		},
	}
	if known, ok := replayChannels[value("channel")]; ok {
		in.Data.Channel = known
	}
	if in.Data.Channel == contact.Voice {
		in.Type = contact.CallStarted
		in.Data.Call = &contact.Call{ID: value("id"), State: "ringing"}
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
