package email

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"golang.org/x/sync/errgroup"

	"usher/adapters"
	"usher/adapters/email/event"
	"usher/gateway/contact"
)

// mailbox is one run over a mailbox: a connection for each of its folders, one place for all.
type mailbox struct {
	settings  Config
	passwords [][]byte
	tokens    *tokens
	connect   func(context.Context) (*session, error)
	desk      adapters.Desk
	signing   chan struct{} // held by the folder that signs in

	mutex      sync.Mutex
	refusals   int       // of the credentials, one after the other
	refusal    error     // the last of them
	barred     time.Time // until when they are not tried again
	place      place
	conditions map[string]condition
}

// Run reads the mailbox until ctx ends.
func (a *Adapter) Run(ctx context.Context, desk adapters.Desk) error {
	m := &mailbox{
		settings: a.settings, passwords: a.passwords, connect: a.connect, desk: desk, signing: make(chan struct{}, 1),
		place: place{Folders: map[string]*folderPlace{}}, conditions: map[string]condition{},
	}
	if err := desk.Place(&m.place); err != nil {
		return err
	}
	if a.settings.OAuth2.Provider != "" {
		m.tokens = a.tokens(vault{load: m.sealed, save: m.seal}, m.notice)
	}
	for _, name := range a.settings.Folders {
		if m.place.Folders[name] == nil {
			m.place.Folders[name] = &folderPlace{}
		}
		if p := m.place.Folders[name]; len(p.Recent) == 0 {
			p.Recent = noneRecent()
		}
	}
	var folders errgroup.Group
	for _, name := range a.settings.Folders {
		f := &folder{m: m, name: name, batch: largestBatch, suspects: map[imap.UID]int{}}
		folders.Go(func() error { f.keep(ctx); return nil })
	}
	return folders.Wait()
}

// healthy is after how long of waiting for mail a failure counts as the first. It does so too where something was stored: a line that breaks often is used as often.
const healthy = time.Minute

// keep reads a folder, again and again, after a failure later and later.
func (f *folder) keep(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.read(ctx)
		if f.gained || !f.wellSince.IsZero() && time.Since(f.wellSince) > healthy {
			f.trouble = condition{}
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		f.trouble.failures++
		f.trouble.reason = err.Error()
		state, pause := contact.BackingOff, backoff(f.trouble.failures)
		switch {
		case errors.Is(err, errAuth):
			state, pause = contact.AuthFailed, max(pause, f.m.barredFor())
		case errors.Is(err, errStopped):
			state, pause = contact.Stopped, time.Hour
		}
		f.say(ctx, state)
		wait(ctx, pause)
	}
}

// say shows what the reading does, and what trouble it has had as long as all is not well again.
func (f *folder) say(ctx context.Context, state contact.UnitState) {
	c := f.trouble
	c.state = state
	f.m.set(ctx, f.name, c)
}

// errStopped marks what a person has to decide.
var errStopped = errors.New("reading is stopped")

// backoff is up to 1 s, doubled with each failure up to 5 min: full jitter, as between gateways, so that folders that failed together do not come back together.
func backoff(failures int) time.Duration {
	return rand.N(min(time.Second<<min(failures-1, 9), 5*time.Minute))
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// set says what a folder's reading is doing. It is saved at once when it is another state than before.
func (m *mailbox) set(ctx context.Context, folder string, c condition) {
	m.mutex.Lock()
	before := m.conditions[folder]
	c.since = before.since
	if before.state != c.state {
		c.since = contact.Instant(time.Now())
	}
	m.conditions[folder] = c
	changed := before.state != c.state || before.reason != c.reason
	m.mutex.Unlock()
	if changed {
		_ = m.save(ctx) // for people to see; the next save repeats it
	}
}

// save keeps the place of all folders, in one write. At the end of a run it still has a moment.
func (m *mailbox) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var units []contact.Unit
	for _, name := range m.settings.Folders {
		units = append(units, m.place.Folders[name].unit(name, m.conditions[name]))
	}
	return m.desk.Save(ctx, m.place, units)
}

// saveTime bounds saving, also when the gateway is stopping.
const saveTime = 10 * time.Second

// change changes a folder's place.
func (m *mailbox) change(folder string, apply func(*folderPlace)) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	apply(m.place.Folders[folder])
}

// at is a folder's place as of now.
func (m *mailbox) at(folder string) folderPlace {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.place.Folders[folder].clone()
}

func (m *mailbox) sealed() []byte {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.place.Token
}

func (m *mailbox) seal(ctx context.Context, token []byte) error {
	m.mutex.Lock()
	m.place.Token = token
	m.mutex.Unlock()
	return m.save(ctx)
}

// notice shows what somebody has to do, where the state of the source is shown.
func (m *mailbox) notice(ctx context.Context, text string) {
	for _, name := range m.settings.Folders {
		m.set(ctx, name, condition{state: contact.AuthFailed, reason: text})
	}
}

// arrival is a mail on its way to the inbox. Size is its true one if only its beginning was fetched, else 0.
func (f *folder) arrival(p folderPlace, uid imap.UID, size int64) adapters.Arrival {
	a := adapters.Arrival{
		Key: p.key(f.name, uid), ContentType: "message/rfc822", ReceivedAt: time.Now(),
		Header: []contact.Pair{{Name: event.FolderHeader, Value: f.name}},
	}
	junk := f.isJunk(uid)
	if size > 0 {
		a.Header = append(a.Header, contact.Pair{Name: event.SizeHeader, Value: fmt.Sprint(size)})
	}
	if junk != "" {
		a.Header = append(a.Header, contact.Pair{Name: event.JunkHeader, Value: junk})
	}
	return a
}
