package email

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
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

// accept stores one mail that came whole.
type accept func(uid imap.UID, body io.Reader) error

// errTruncated marks a mail that came shorter than the server had announced. The library hands such a half out without an error when the connection ends.
var errTruncated = errors.New("the mail broke off")

// errStore marks that a mail could not be stored: it is not the mail's fault, nor the server's.
var errStore = errors.New("storing mail")

// want is what is asked for of mails: a section of no more than so many bytes.
type want struct {
	section *imap.FetchItemBodySection
	largest int64
	accept  accept
}

// fetched is what has come.
type fetched struct {
	stored map[imap.UID]bool
	large  map[imap.UID]int64 // the sizes of those that were too large to be stored
}

// fetch fetches mails and hands each over as soon as it is complete; what is said to be stored is, also when it fails.
// UID and BODY are all it asks for: one odd ENVELOPE, flag or date would break the connection for the whole batch.
func (s *session) fetch(ctx context.Context, uids []imap.UID, w want) (fetched, error) {
	f := &fetching{want: w, fetched: fetched{stored: map[imap.UID]bool{}, large: map[imap.UID]int64{}}}
	if len(uids) == 0 {
		return f.fetched, nil
	}
	f.group.SetLimit(storing)
	var late atomic.Bool
	stall := time.AfterFunc(commandTime, func() { late.Store(true); _ = s.conn.Close() })
	defer stall.Stop()
	f.alive = func() { stall.Reset(commandTime) }
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()

	command := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{w.section}})
	var broken error
	for message := command.Next(); message != nil; message = command.Next() {
		if err := f.one(message, uids); err != nil {
			broken = err
		}
		if errors.Is(broken, errTruncated) { // the library reads on beside us, and Next would too
			_ = s.conn.Close()
			<-s.client.Closed()
		}
	}
	err := cmp.Or(broken, command.Close())
	if stored := f.group.Wait(); stored != nil {
		return f.fetched, fmt.Errorf("%w: %w", errStore, stored)
	}
	switch {
	case ctx.Err() != nil:
		return f.fetched, ctx.Err()
	case err != nil && late.Load():
		return f.fetched, fmt.Errorf("fetching: %w", errLate)
	case err != nil:
		return f.fetched, fmt.Errorf("fetching: %w", wordless(err))
	}
	return f.fetched, nil
}

// fetching is one FETCH on its way.
type fetching struct {
	want
	alive func()
	group errgroup.Group
	mutex sync.Mutex
	fetched
}

// one reads one mail. The literal has to be read at once: the connection stands still until then.
func (f *fetching) one(message *imapclient.FetchMessageData, uids []imap.UID) error {
	var uid imap.UID
	for item := message.Next(); item != nil; item = message.Next() {
		f.alive()
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataBodySection:
			if !slices.Contains(uids, uid) || !item.MatchCommand(f.section) {
				continue
			}
			if err := f.body(uid, item.Literal); err != nil {
				return err
			}
		}
	}
	return nil
}

// body reads a mail. One without a byte, or NIL, is one that the server has lost.
func (f *fetching) body(uid imap.UID, literal imap.LiteralReader) error {
	if literal == nil || literal.Size() == 0 {
		return nil
	}
	from, size := &coming{Reader: literal, alive: f.alive}, literal.Size()
	if size > f.largest {
		f.large[uid] = size
		_, err := io.Copy(io.Discard, io.LimitReader(from, size))
		return cmp.Or(from.broken, err)
	}
	mail, err := spool(from, size)
	if err != nil {
		return cmp.Or(from.broken, fmt.Errorf("%w: %w", errStore, err))
	}
	f.store(uid, mail)
	return nil
}

// store hands a mail over to be stored, and waits for a place if many are under way.
func (f *fetching) store(uid imap.UID, mail *spooled) {
	f.group.Go(func() error {
		defer mail.close()
		if err := f.accept(uid, mail); err != nil {
			return err
		}
		f.mutex.Lock()
		defer f.mutex.Unlock()
		f.stored[uid] = true
		return nil
	})
}

// coming tells that bytes still come, and that no more do.
type coming struct {
	io.Reader
	alive  func()
	broken error
}

func (c *coming) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.alive()
	if err != nil {
		c.broken = errTruncated
	}
	return n, err
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

// date asks when the server received a mail; zero if it is gone.
func (s *session) date(ctx context.Context, uid imap.UID) (date time.Time, err error) {
	err = s.within(ctx, commandTime, func() error {
		all, err := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, InternalDate: true}).Collect()
		for _, m := range all {
			if m.UID == uid {
				date = m.InternalDate
			}
		}
		return err
	})
	return date, err
}
