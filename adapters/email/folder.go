package email

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"usher/gateway/contact"
)

// folder is the reading of one folder: connect, select, look back, drain, wait, and again. What it remembers outlives its connections.
type folder struct {
	m    *mailbox
	name string

	session   *session
	checkedAt time.Time
	permanent []imap.Flag
	quiet     bool      // nothing has come since the last cycle of IDLE
	unmoved   bool      // the last wait ended without news: the folder may have been deleted and made anew
	wellSince time.Time // since when all is read over this connection
	junk      map[imap.UID]bool
	listed    []imap.UID       // the mails that the server listed last
	batch     int              // how many mails are fetched at once now
	trouble   condition        // failures since all was well, and the last one
	gained    bool             // something was stored over this connection
	suspects  map[imap.UID]int // mails on which a connection broke, and how often
	undated   bool             // the server gives no dates that can be read
}

// lookBackEvery is how often what should be stored is compared with what is. The folder is selected anew before: only then is a change of its numbering seen, and mails that are not those that were stored must not be marked.
const lookBackEvery = 10 * time.Minute

// read reads the folder over one connection until it breaks or ctx ends.
func (f *folder) read(ctx context.Context) error {
	f.say(ctx, contact.Connecting)
	f.gained, f.wellSince = false, time.Time{}
	session, err := f.m.signIn(ctx)
	if err != nil {
		return err
	}
	defer session.close()
	f.session, f.checkedAt = session, time.Time{}
	for ctx.Err() == nil {
		if err := f.round(ctx); err != nil {
			return err
		}
		if f.wellSince.IsZero() {
			f.wellSince = time.Now()
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
	due := time.Since(f.checkedAt) > lookBackEvery
	if due || f.unmoved {
		if err := f.open(ctx); err != nil {
			return err
		}
		f.unmoved = false
	}
	if err := f.drain(ctx); err != nil {
		if errors.Is(err, errStopped) { // what is put aside is in the way
			err = errors.Join(err, f.fillHoles(ctx))
		}
		return err
	}
	if due {
		if err := f.lookBack(ctx); err != nil {
			return err
		}
		f.checkedAt = time.Now()
	}
	return f.fillHoles(ctx)
}

// open selects the folder and settles where to begin.
func (f *folder) open(ctx context.Context) error {
	data, err := f.session.selectFolder(ctx, f.name, f.m.settings.After == afterNone)
	if err != nil {
		return err
	}
	f.permanent = data.PermanentFlags
	p := f.m.at(f.name)
	switch {
	case data.UIDValidity == 0:
		return errors.New("selecting folder: the server does not say how it numbers it (UIDVALIDITY)")
	case p.UIDValidity == data.UIDValidity:
		return nil
	case p.UIDValidity == 0:
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
		start, err = f.end(ctx, data)
	case !day.IsZero():
		start, err = f.since(ctx, data, day)
	}
	if err != nil {
		return err
	}
	return f.startAt(ctx, data, start)
}

// since is the first mail that the server received on a day or later.
func (f *folder) since(ctx context.Context, data *imap.SelectData, day time.Time) (imap.UID, error) {
	uids, err := f.session.search(ctx, 1, 0, imap.SearchCriteria{Since: day})
	if err != nil {
		return 0, err
	}
	if len(uids) == 0 {
		return f.end(ctx, data)
	}
	return uids[0], nil
}

// end is behind the last mail. Not every server says UIDNEXT.
func (f *folder) end(ctx context.Context, data *imap.SelectData) (imap.UID, error) {
	if data.UIDNext > 0 {
		return data.UIDNext, nil
	}
	uids, err := f.session.search(ctx, 1, 0, imap.SearchCriteria{})
	if err != nil || len(uids) == 0 {
		return 1, err
	}
	return uids[len(uids)-1] + 1, nil
}

func (f *folder) startAt(ctx context.Context, data *imap.SelectData, start imap.UID) error {
	start = max(start, 1)
	f.m.change(f.name, func(p *folderPlace) {
		p.UIDValidity, p.StartUID, p.LastUID = data.UIDValidity, start, start-1
		p.Generation++
		p.Seen, p.Stored, p.Gone, p.Holes, p.Recent = 0, 0, 0, nil, noneRecent()
	})
	return f.m.save(ctx)
}

// renumbered begins anew in a folder whose UIDs mean other mails now. What is read twice becomes no second interaction: those go by content.
func (f *folder) renumbered(ctx context.Context, data *imap.SelectData, p folderPlace) error {
	switch {
	case f.m.settings.OnUIDValidityChange == renumberedStop:
		return fmt.Errorf("%w: the server has numbered the folder anew; set email.on_uidvalidity_change to rescan or since_last", errStopped)
	case f.m.settings.OnUIDValidityChange == renumberedSince && !p.Newest.IsZero():
		start, err := f.since(ctx, data, p.Newest.Add(-48*time.Hour))
		if err != nil {
			return err
		}
		return f.startAt(ctx, data, start)
	}
	return f.startAt(ctx, data, 1)
}

// date remembers when the server received a mail, by its own clock, for the day when it numbers the folder anew. It is asked for alone and behind what is stored: one odd date breaks the connection, and then no more are asked for.
func (f *folder) date(ctx context.Context, uid imap.UID) {
	if f.undated || f.m.settings.OnUIDValidityChange != renumberedSince {
		return
	}
	date, err := f.session.date(ctx, uid)
	f.undated = err != nil
	if now := time.Now(); date.After(now) { // what comes next is not that late
		date = now
	}
	f.m.change(f.name, func(p *folderPlace) {
		if date.After(p.Newest) {
			p.Newest = contact.Instant(date)
		}
	})
}

// remark is what people should know of a folder that is well.
func (f *folder) remark() string {
	if f.m.settings.After == afterKeyword && !keywords(f.permanent) {
		return "the server keeps no keywords in this folder; stored mails are not marked"
	}
	return ""
}

// wait returns when there may be something new.
func (f *folder) wait(ctx context.Context) error {
	if !f.m.settings.Idle || !f.session.client.Caps().Has(imap.CapIdle) {
		wait(ctx, f.m.settings.PollInterval)
		f.unmoved = true
		return nil
	}
	if err := f.idle(ctx); err != nil {
		return fmt.Errorf("waiting: %w", wordless(err))
	}
	return nil
}

// idle waits until the server tells of something, for some minutes: the library's own cycle of 28 is longer than many routers remember a connection. The first time after something came is short: not every server tells what arrived between the last command and IDLE.
func (f *folder) idle(ctx context.Context) error {
	var command *imapclient.IdleCommand
	err := f.session.within(ctx, commandTime, func() (err error) { command, err = f.session.client.Idle(); return err })
	if err != nil {
		return err
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
		f.unmoved = true
	case <-ctx.Done():
	case <-f.session.client.Closed():
	}
	end := func() error {
		if err := command.Close(); err != nil {
			return err
		}
		return command.Wait()
	}
	if ctx.Err() != nil { // nothing else can be said, not even good-bye, before it ends
		return f.session.within(context.WithoutCancel(ctx), byeTime, end)
	}
	return f.session.within(ctx, commandTime, end)
}
