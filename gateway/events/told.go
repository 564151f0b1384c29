package events

import (
	"strings"
	"time"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Event is one thing that happened, as it is told to others: a CloudEvent 1.0 (https://github.com/cloudevents/spec/blob/main/cloudevents/spec.md) with the extension sequence.
type Event struct {
	SpecVersion     string            `json:"specversion" example:"1.0"`
	ID              string            `json:"id" example:"evt_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Source          string            `json:"source" example:"/usher"`
	Type            string            `json:"type" example:"source.health_changed"`
	Subject         string            `json:"subject" doc:"What it happened to: a source's name, or an id."`
	Time            time.Time         `json:"time"`
	Sequence        string            `json:"sequence" doc:"Of two events the later one has the greater, as text. An event that is told again may have a greater one than before." example:"20261130T091500.123Z-4k2m8q0w6e1r5t9y3u7i2o6p"`
	DataContentType string            `json:"datacontenttype" example:"application/json"`
	Data            map[string]string `json:"data"`
}

// Told is an event as it is told.
func Told(e store.Event) Event {
	told := Event{
		SpecVersion: "1.0", ID: e.ID, Source: contact.OwnSource, Type: e.Type, Subject: e.Subject, Time: e.At,
		Sequence: e.At.UTC().Format("20060102T150405.000Z") + "-" + strings.TrimPrefix(e.ID, contact.EventPrefix), DataContentType: "application/json", Data: map[string]string{},
	}
	for _, p := range e.Data {
		told.Data[p.Name] = p.Value
	}
	return told
}
