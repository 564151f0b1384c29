package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"usher/adapters"
	"usher/adapters/email"
	"usher/config"
	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/inbox"
	"usher/gateway/polling"
	"usher/gateway/store"
	"usher/gateway/telemetry"
)

// benchIMAPRead is one reading, in a process of its own: it is told what by a mailRun on its input, and says how it went by a mailResult.
type benchIMAPRead struct{}

// Run reads a folder once.
func (benchIMAPRead) Run(ctx context.Context, c console) (err error) {
	var r mailRun
	if err := json.NewDecoder(os.Stdin).Decode(&r); err != nil {
		return fmt.Errorf("reading order: %w", err)
	}
	if r.Store == "" {
		dir, err := os.MkdirTemp("", "usher-bench-")
		if err != nil {
			return fmt.Errorf("making folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		r.Store = "sqlite://" + filepath.Join(dir, "usher.db")
	}
	db, err := gateway.OpenStore(ctx, r.Store)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	before, _ := peakMemory()
	began := time.Now()
	read := r.poll
	if r.Bare {
		read = r.bare
	}
	if err := read(ctx, db); err != nil {
		return err
	}
	result := mailResult{Seconds: time.Since(began).Seconds(), Before: before}
	result.Peak, result.Measure = peakMemory()
	return json.NewEncoder(c.out).Encode(result)
}

const benchMailConfig = `
sources:
  - {name: %s, adapter: email, secrets: [%q], email: {host: %q, port: %s, tls: none, user: %q, folders: [%q], start_from: all}}
`

// poll reads by usher's poller, until all mails are in the inbox, the place is saved and they are marked.
func (r mailRun) poll(ctx context.Context, db *store.DB) error {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil {
		return err
	}
	cfg, err := config.Parse("bench", fmt.Appendf(nil, benchMailConfig, r.Source, r.Password, host, port, r.User, r.Folder), nil)
	if err != nil {
		return err
	}
	built, err := email.New(adapters.Source{Name: r.Source, Secrets: [][]byte{[]byte(r.Password)}, Decode: cfg.Sources[0].Decode})
	if err != nil {
		return err
	}
	metrics, err := telemetry.New()
	if err != nil {
		return fmt.Errorf("starting metrics: %w", err)
	}
	log, err := telemetry.NewLogger(os.Stderr, "warn", "text")
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	box := inbox.New(db, inbox.Options{Sources: []string{r.Source}, Owner: "bench"}, log, metrics)
	until := &untilRead{Poller: built.(adapters.Poller), mails: int64(r.Mails), stop: stop}
	if err := polling.New(db, box, "bench", log).Run(ctx, []polling.Source{{Name: r.Source, Kind: "email", Adapter: until}}); err != nil {
		return err
	}
	stored, err := db.Deliveries.Count(context.WithoutCancel(ctx), "outcome", string(contact.Accepted), r.Source)
	if err == nil && stored != int64(r.Mails) {
		err = fmt.Errorf("%d of %d mails are stored", stored, r.Mails)
	}
	return err
}

// untilRead is a poller that is stopped when it has read everything and begins to wait.
type untilRead struct {
	adapters.Poller
	mails int64
	stop  func()
}

// Run watches what the poller saves.
func (u *untilRead) Run(ctx context.Context, desk adapters.Desk) error {
	return u.Poller.Run(ctx, &watchedDesk{desk, u})
}

type watchedDesk struct {
	adapters.Desk
	until *untilRead
}

// Save stops the poller when all is read.
func (d *watchedDesk) Save(ctx context.Context, place any, units []contact.Unit) error {
	err := d.Desk.Save(ctx, place, units)
	if err == nil && len(units) == 1 && units[0].State == contact.Waiting && units[0].Stored >= d.until.mails {
		d.until.stop()
	}
	return err
}

// peakMemory is the most memory that this process has had, and how that was measured.
func peakMemory() (bytes int64, measure string) {
	status, err := os.Open("/proc/self/status")
	if err == nil {
		defer func() { _ = status.Close() }()
		for lines := bufio.NewScanner(status); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
				if kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
					return kib << 10, "VmHWM"
				}
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys), "obtained by Go's runtime"
}
