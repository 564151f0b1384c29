package email

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/emersion/go-imap/v2"

	"usher/gateway/contact"
)

type uidOf = imap.UID

// folder is the reading of one folder: connect, select, look back, drain, wait, and again. What it remembers outlives its connections.
type folder struct {
	m    *mailbox
	name string

	session    *session
	selectedAt time.Time
	checkedAt  time.Time
	permanent  []imap.Flag
	quiet      bool          // nothing has come since the last cycle of IDLE
	batch      int           // how many mails are fetched at once now
	suspects   map[uidOf]int // mails on which a connection broke, and how often
}

// How often a busy folder is selected anew (only then is it seen that it was deleted, made again and numbered anew; a folder that nothing comes from is selected after every wait), and how often what should be stored is compared with what is.
const (
	reselectTime  = time.Hour
	lookBackEvery = 10 * time.Minute
)

// read reads the folder over one connection until it breaks or ctx ends.
func (f *folder) read(ctx context.Context) error {
	f.m.set(ctx, f.name, condition{state: contact.Connecting})
	session, err := f.m.settings.connect(ctx)
	if err != nil {
		return err
	}
	defer session.close()
	f.session, f.checkedAt = session, time.Time{}
	if err := session.authenticate(ctx, f.m); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := f.round(ctx); err != nil {
			return err
		}
		f.m.set(ctx, f.name, condition{state: contact.Waiting, reason: f.remark()})
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// round brings everything in that is there.
func (f *folder) round(ctx context.Context) error {
	if time.Since(f.selectedAt) > reselectTime || f.checkedAt.IsZero() {
		if err := f.open(ctx); err != nil {
			return err
		}
	}
	// Before anything new comes, which would put what the last connection left unmarked out of sight.
	if time.Since(f.checkedAt) > lookBackEvery {
		if err := f.lookBack(ctx); err != nil {
			return err
		}
		f.checkedAt = time.Now()
	}
	if err := f.drain(ctx); err != nil {
		return err
	}
	return f.fillHoles(ctx)
}

// open selects the folder and settles where to begin.
func (f *folder) open(ctx context.Context) error {
	data, err := f.session.selectFolder(ctx, f.name, f.m.settings.After == afterNone)
	if err != nil {
		return err
	}
	f.selectedAt, f.permanent = time.Now(), data.PermanentFlags
	p := f.m.at(f.name)
	switch p.UIDValidity {
	case data.UIDValidity:
		return nil
	case 0:
		return f.begin(ctx, data, f.m.settings.StartFrom)
	}
	return f.renumbered(ctx, data, p)
}

// begin decides on the first mail that is ours to read.
func (f *folder) begin(ctx context.Context, data *imap.SelectData, from string) error {
	start := imap.UID(1)
	day, err := f.m.settings.start()
	switch {
	case err != nil:
		return err
	case from == startNow:
		start = data.UIDNext
	case !day.IsZero():
		if start, err = f.since(ctx, data, day); err != nil {
			return err
		}
	}
	return f.startAt(ctx, data, start)
}

// since is the first mail that the server received on a day or later.
func (f *folder) since(ctx context.Context, data *imap.SelectData, day time.Time) (imap.UID, error) {
	uids, err := f.session.search(ctx, 1, 0, imap.SearchCriteria{Since: day})
	if err != nil || len(uids) == 0 {
		return data.UIDNext, err
	}
	return uids[0], nil
}

func (f *folder) startAt(ctx context.Context, data *imap.SelectData, start imap.UID) error {
	start = max(start, 1)
	f.m.change(f.name, func(p *folderPlace) {
		p.UIDValidity, p.StartUID, p.LastUID = data.UIDValidity, start, start-1
		p.Generation++
		p.Stored, p.Holes = 0, nil
	})
	return f.m.save(ctx)
}

// renumbered begins anew in a folder whose UIDs mean other mails now. What is read twice becomes no second interaction: those go by content.
func (f *folder) renumbered(ctx context.Context, data *imap.SelectData, p folderPlace) error {
	switch {
	case f.m.settings.OnUIDValidityChange == renumberedStop:
		return fmt.Errorf("%w: the server has numbered the folder anew; set email.on_uidvalidity_change to rescan or since_last", errStopped)
	case f.m.settings.OnUIDValidityChange == renumberedSince && !p.NewestAt.IsZero():
		start, err := f.since(ctx, data, p.NewestAt.Add(-48*time.Hour))
		if err != nil {
			return err
		}
		return f.startAt(ctx, data, start)
	}
	return f.startAt(ctx, data, 1)
}

// remark is what people should know of a folder that is well.
func (f *folder) remark() string {
	if f.m.settings.After == afterKeyword && !keywords(f.permanent) {
		return "the server keeps no keywords in this folder; stored mails are not marked"
	}
	return ""
}

// wait returns when there may be something new. IDLE is ended and begun anew every few minutes: the library's own cycle of 28 is longer than many routers remember a connection. The first time after something came is short: not every server tells what arrived between the last command and IDLE.
func (f *folder) wait(ctx context.Context) error {
	if !f.m.settings.Idle || !f.session.client.Caps().Has(imap.CapIdle) {
		wait(ctx, f.m.settings.PollInterval)
		f.selectedAt = time.Time{}
		return nil
	}
	var command interface {
		Close() error
		Wait() error
	}
	err := f.session.within(ctx, commandTime, func() (err error) { command, err = f.session.client.Idle(); return err })
	if err != nil {
		return fmt.Errorf("waiting: %w", wordless(err))
	}
	cycle := f.m.settings.PollInterval
	if f.quiet {
		cycle = 4*time.Minute + rand.N(5*time.Minute)
	}
	f.quiet = true
	timer := time.NewTimer(cycle)
	defer timer.Stop()
	select {
	case <-f.session.changed:
	case <-timer.C:
		f.selectedAt = time.Time{}
	case <-ctx.Done():
		return nil
	case <-f.session.client.Closed():
	}
	err = f.session.within(ctx, commandTime, func() error {
		if err := command.Close(); err != nil {
			return err
		}
		return command.Wait()
	})
	if err != nil {
		return fmt.Errorf("waiting: %w", wordless(err))
	}
	return nil
}
