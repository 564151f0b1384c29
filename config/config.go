package config

import (
	"net/netip"
	"slices"
	"time"
)

// Config is everything that can be set. Default gives the values used where
// the file and the environment are silent.
type Config struct {
	// Who we are: time zone, country, our own addresses and our agents.
	Workspace Workspace `yaml:"workspace"`
	// The HTTP server.
	Listen Listen `yaml:"listen"`
	// Where everything is kept.
	Store Store `yaml:"store"`
	// How stored deliveries are worked through.
	Inbox Inbox `yaml:"inbox"`
	// How long what was recorded is kept.
	Retention Retention `yaml:"retention"`
	// Which suspected duplicates are put before people.
	Matching Matching `yaml:"matching"`
	// Rate limits. Webhooks and agents are limited apart, so that a review session cannot starve webhooks.
	Limits Limits `yaml:"limits"`
	// Where events may be sent to.
	Outbound Outbound `yaml:"outbound"`
	// What the process writes to standard error.
	Log Log `yaml:"log"`
	// The ways contacts come in, one entry each. Only in the file, not in the environment.
	Sources []Source `yaml:"sources"`

	origin map[string]string // where each value was set, by path, for Validate
}

// Workspace says who we are: one store serves one company's customers.
type Workspace struct {
	// Time zone of figures by day and of the console, as an IANA name such as Europe/Berlin. Everything stored is UTC.
	Timezone string `yaml:"timezone"`
	// Country (ISO 3166, two capitals) of national phone numbers without a better hint. Empty: such numbers are kept as written, not guessed.
	Region string `yaml:"region"`
	// Our own addresses: contacts from them are ours, not a customer's.
	Own Own `yaml:"own"`
	// The people who answer. An API key names one of them; decisions and assignments carry the id.
	Agents []Agent `yaml:"agents"`
	// What the numbers of our orders, tickets and invoices look like, at most 16 patterns. Numbers behind a word such as order or ticket are found without.
	References []Reference `yaml:"references"`
}

// Reference is a kind of numbers that customers mention. Two people who mention the same one may be one person.
type Reference struct {
	// What is numbered, such as order: lower-case letters, digits, _ and -, at most 32. No two are the same.
	Name string `yaml:"name"`
	// Regular expression (RE2) of at most 200 characters. Its first group is the number; without a group, all that matches.
	Pattern string `yaml:"pattern"`
}

// Own lists the addresses that belong to us.
type Own struct {
	// Mail addresses we send from or receive at.
	Emails []string `yaml:"emails"`
	// Mail domains, all of whose addresses are ours.
	Domains []string `yaml:"domains"`
	// Phone numbers and short codes, best with the country code.
	Numbers []string `yaml:"numbers"`
}

// Agent is one person who answers customers.
type Agent struct {
	// Id in the API and in decisions: letters, digits, and ._@- inside, at most 128 characters. Never reuse one for another person.
	ID string `yaml:"id"`
	// The agent's mail addresses: contacts from them are ours.
	Emails []string `yaml:"emails"`
	// The agent's phone numbers: calls from them are ours.
	Numbers []string `yaml:"numbers"`
}

// Listen is the HTTP server.
type Listen struct {
	// Address and port to bind to. Port 0 takes a free one.
	Address string `yaml:"address"`
	// File in which a running gateway says at what address it listens: `usher doctor` asks it there. Empty: a SQLite file's name with .address behind it; with another store there is none, and the address configured is asked.
	Announce string `yaml:"announce"`
	// Address under which providers reach us, such as https://usher.acme.example, with a path if a proxy adds one. Providers sign it, so a wrong one refuses genuine webhooks. Empty: the address bound to.
	PublicURL string `yaml:"public_url"`
	// Addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed. Empty: none is.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// Largest request body, from 64KiB to 64MiB. A larger one is answered 413.
	BodyLimit Size `yaml:"body_limit"`
}

// Store says where everything is kept.
type Store struct {
	// sqlite:///path/usher.db, or mongodb:// and mongodb+srv:// with the database in the path. Text, {file: PATH} or {env: NAME}; passwords in it are never printed. Empty: a SQLite file in the data directory.
	URI URI `yaml:"uri"`
}

// Inbox is how stored deliveries are worked through.
type Inbox struct {
	// Deliveries processed at once, 1 to 256.
	Workers int `yaml:"workers"`
	// How long a worker holds a delivery before another may take it, from 5s to 1h. Longer than the slowest delivery takes.
	Lease time.Duration `yaml:"lease"`
	// Attempts before a delivery is put aside as dead (it can be replayed), 1 to 100.
	MaxAttempts int `yaml:"max_attempts"`
	// How long raw bodies are kept, at least 8d. What is unresolved is kept longer; the rows stay in any case.
	Retention time.Duration `yaml:"retention"`
}

// Retention is how long what was recorded is kept. 0 is for ever. What is unresolved (dead, unparsed or quarantined deliveries) is never dropped, raw bodies go by inbox.retention, and answers to an Idempotency-Key after 24 hours.
type Retention struct {
	// Interactions with their files, counted from when they happened: 0, or at least inbox.retention. People and their contact points stay.
	Interactions time.Duration `yaml:"interactions"`
	// Events of the feed: 0, or at least 8d. Who reads the feed less often misses some.
	Events time.Duration `yaml:"events"`
	// What was seen and said when people were merged or told apart: 0, or at least 1d. The decisions stay.
	Evidence time.Duration `yaml:"evidence"`
	// Contacts that were kept out and released, discarded or turned away since, with sender and name: 0, or at least 8d, and not before the raw body is gone. What waits to be decided stays.
	Quarantine time.Duration `yaml:"quarantine"`
}

// Matching says which suspected duplicates are worth people's time: those whose probability times the value of a found one is more than a review costs. At most three are flagged at a contact.
type Matching struct {
	// What a duplicate that is found and merged is worth, in any unit.
	ValueFound float64 `yaml:"value_found"`
	// What one review costs, in the same unit: at least a hundredth of value_found, and less than it.
	CostReview float64 `yaml:"cost_review"`
	// Share of the pairs below, down to three tenths of that probability, that are flagged all the same and marked as sampled, 0 to 1, so that decisions tell of them too. 0 draws none.
	SampleBelow float64 `yaml:"sample_below"`
	// File of the model that scores, as `usher match train` and `usher match calibrate` write it; `usher match rematch` then scores again what is there. Empty: the model that Usher comes with.
	Model string `yaml:"model"`
}

// Limits are rates per second with the burst allowed above them. 0 is no limit.
type Limits struct {
	// Genuine webhooks a second, for each source. What is beyond is answered 503, and comes again; calls are always answered. 0 is no limit.
	IngestPerSecond int `yaml:"ingest_per_second"`
	// Webhooks a source may post at once before its rate holds.
	IngestBurst int `yaml:"ingest_burst"`
	// API requests a second, for each key. 0 is no limit.
	APIPerSecond int `yaml:"api_per_second"`
	// API requests a key may make at once before its rate holds.
	APIBurst int `yaml:"api_burst"`
}

// Outbound says where events may be sent to. Webhook endpoints are made by the API; they are public, and spoken with over https.
type Outbound struct {
	// Networks (CIDR) inside our own walls where endpoints may be all the same, over http too. Empty: none may.
	Networks []string `yaml:"networks"`
}

// Prefixes are the networks, as far as they are valid.
func (o Outbound) Prefixes() (all []netip.Prefix) {
	for _, network := range o.Networks {
		if p, err := netip.ParsePrefix(network); err == nil {
			all = append(all, p.Masked())
		}
	}
	return all
}

// Log is what the process writes to standard error.
type Log struct {
	// The least that is written: debug, info, warn or error.
	Level string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
	// text for people, json for machines.
	Format string `yaml:"format" jsonschema:"enum=text,enum=json"`
}

// Default returns the settings in force where nothing else is said. They are
// safe on any machine: loopback only, a SQLite file, no source.
func Default() Config {
	return Config{
		Workspace: Workspace{Timezone: "UTC"},
		Listen:    Listen{Address: "127.0.0.1:8080", BodyLimit: 1 << 20},
		Inbox:     Inbox{Workers: 32, Lease: time.Minute, MaxAttempts: 12, Retention: 30 * day},
		Retention: Retention{Events: 90 * day, Quarantine: 90 * day},
		Matching:  Matching{ValueFound: 10, CostReview: 1, SampleBelow: 0.05},
		Limits:    Limits{IngestPerSecond: 500, IngestBurst: 1000, APIPerSecond: 50, APIBurst: 100},
		Log:       Log{Level: "info", Format: "text"},
	}
}

// SourceNamed finds a source by its name.
func (c Config) SourceNamed(name string) (Source, bool) {
	for _, s := range c.Sources {
		if s.Name == name {
			return s, true
		}
	}
	return Source{}, false
}

// HasAgent reports whether an agent of that id is configured.
func (c Config) HasAgent(id string) bool {
	return slices.ContainsFunc(c.Workspace.Agents, func(a Agent) bool { return a.ID == id })
}

// PublicURL is the address under which providers reach a source's hooks, without
// a slash at the end: its own, else the listener's; empty if neither is set.
func (c Config) PublicURL(s Source) string {
	if s.PublicURL != "" {
		return trimSlash(s.PublicURL)
	}
	return trimSlash(c.Listen.PublicURL)
}
