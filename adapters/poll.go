package adapters

import (
	"context"
	"io"
	"time"

	"usher/gateway/contact"
)

// Poller is an adapter that fetches what has arrived, instead of being posted to.
type Poller interface {
	Adapter
	// Run fetches until ctx ends, which is no error. It hands in what it finds, and acknowledges it where it came from only when the desk has it.
	// Any other error means that nothing can be done before a while; Run is then called again, later each time.
	Run(ctx context.Context, desk Desk) error
	// Check tries what can be tried without fetching and says what it found, for people to read. It writes nothing that stays.
	Check(ctx context.Context) []Finding
}

// Desk is where a polled adapter hands in what it fetched and keeps its place. The gateway that holds the source's lease has it; when the lease is lost, ctx of Run ends and the desk refuses to save. It is safe for concurrent use.
type Desk interface {
	// Accept stores an arrival. When it returns nil the arrival is durable; accepting it again changes nothing.
	Accept(ctx context.Context, a Arrival) error
	// Accepted tells which of keys were accepted before, by this gateway or another.
	Accepted(ctx context.Context, keys []string) (map[string]bool, error)
	// Place reads what was last saved into a pointer to the adapter's own struct (JSON), and leaves it as it is if nothing was.
	Place(into any) error
	// Save keeps the adapter's place, and how its parts do for people to see, in one write.
	Save(ctx context.Context, place any, units []contact.Unit) error
}

// Arrival is one whole message that was fetched.
type Arrival struct {
	Key         string // natural key within the source
	ContentType string
	Header      []contact.Pair // what the message itself does not say: folder, size on the server, ...
	Body        io.Reader
	ReceivedAt  time.Time
}

// Finding is one thing that was checked: State is ok, warning or wrong.
type Finding struct {
	What, State, Detail string
}
