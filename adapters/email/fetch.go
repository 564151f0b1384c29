package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"golang.org/x/sync/errgroup"
)

// storing is how many mails of one connection are being stored at a time, so that they share commits.
const storing = 32

// whole asks for a mail without touching its flags.
var whole = &imap.FetchItemBodySection{Peek: true}

// headBytes is what is fetched of a mail that is too large.
const headBytes = 256 << 10

var head = &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: headBytes}}

// take stores one mail that came whole.
type take func(uid imap.UID, body io.Reader, size int64) error

// errStore marks that a mail could not be stored: it is not the mail's fault, nor the server's.
var errStore = errors.New("storing mail")

// fetch fetches mails and hands each over as soon as it is complete; got are those that were stored, also when it fails.
// UID and BODY are all it asks for: one odd ENVELOPE, flag or date would break the connection for the whole batch.
func (s *session) fetch(ctx context.Context, uids []imap.UID, section *imap.FetchItemBodySection, t take) (got map[imap.UID]bool, err error) {
	f := &fetching{got: map[imap.UID]bool{}, take: t}
	f.group.SetLimit(storing)
	stall := time.AfterFunc(commandTime, func() { _ = s.conn.Close() })
	defer stall.Stop()
	f.alive = func() { stall.Reset(commandTime) }
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()

	command := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	var broken error
	for message := command.Next(); message != nil; message = command.Next() {
		if err := f.one(message, uids); err != nil {
			broken = err
		}
		if f.brokeOff {
			break
		}
	}
	if f.brokeOff {
		s.abandon()
	} else {
		err = command.Close()
	}
	if stored := f.group.Wait(); stored != nil {
		return f.got, fmt.Errorf("%w: %w", errStore, stored)
	}
	if ctx.Err() != nil {
		return f.got, ctx.Err()
	}
	if err == nil {
		err = broken
	}
	if err != nil {
		err = fmt.Errorf("fetching: %w", wordless(err))
	}
	return f.got, err
}

// fetching is one FETCH on its way.
type fetching struct {
	take  take
	alive func()
	group errgroup.Group
	mutex sync.Mutex
	got   map[imap.UID]bool
	// brokeOff is that a body could not be read to its end. The command must not be touched again then: it would read the rest of the body while the library reads from the same buffer.
	brokeOff bool
}

// one reads one mail. The literal has to be read at once: the connection stands still until then.
func (f *fetching) one(message *imapclient.FetchMessageData, wanted []imap.UID) error {
	var uid imap.UID
	for item := message.Next(); item != nil; item = message.Next() {
		f.alive()
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || !slices.Contains(wanted, uid) { // NIL: the server has lost it
				continue
			}
			size := item.Literal.Size()
			from := &progress{Reader: item.Literal, alive: f.alive}
			mail, err := spool(from, size)
			if err != nil {
				f.brokeOff = from.failed
				return err
			}
			f.store(uid, mail, size)
		}
	}
	return nil
}

// store hands a mail over to be stored, and waits for a place if many are under way.
func (f *fetching) store(uid imap.UID, mail *spooled, size int64) {
	f.group.Go(func() error {
		defer mail.close()
		if err := f.take(uid, mail, size); err != nil {
			return err
		}
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.got[uid] = true
		return nil
	})
}

// progress tells that bytes still come.
type progress struct {
	io.Reader
	alive  func()
	failed bool // no more can be read
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.alive()
	p.failed = p.failed || err != nil
	return n, err
}

// abandon gives a connection up whose last command was not read to its end.
func (s *session) abandon() {
	_ = s.conn.Close() // whatever it says, nothing more is read
	<-s.client.Closed()
}

// sizes asks how large mails are; one that is gone is not in the answer.
func (s *session) sizes(ctx context.Context, uids []imap.UID) (map[imap.UID]int64, error) {
	sizes := make(map[imap.UID]int64, len(uids))
	err := s.within(ctx, commandTime, func() error {
		all, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
		for _, m := range all {
			sizes[m.UID] = m.RFC822Size
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("asking for sizes: %w", wordless(err))
	}
	return sizes, nil
}
