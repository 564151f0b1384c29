package email

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// ingested is the keyword on a mail that is stored. \Seen would not do: people read mail too.
const ingested imap.Flag = "$Ingested"

// mark does to stored mails on the server what email.after says. It comes last: whoever stops before it finds the mails unmarked and marks them later.
func (s *session) mark(ctx context.Context, after string, uids []imap.UID) error {
	if len(uids) == 0 {
		return nil
	}
	set := imap.UIDSetNum(uids...)
	var err error
	switch {
	case after == afterSeen:
		err = s.flag(ctx, set, imap.FlagSeen)
	case after == afterKeyword:
		err = s.flag(ctx, set, ingested)
	case strings.HasPrefix(after, afterMove):
		err = s.move(ctx, set, strings.TrimPrefix(after, afterMove))
	}
	if err != nil {
		return fmt.Errorf("marking mails: %w", wordless(err))
	}
	return nil
}

func (s *session) flag(ctx context.Context, set imap.UIDSet, flag imap.Flag) error {
	return s.within(ctx, commandTime, func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	})
}

// move moves mails. The library's own move, on a server without MOVE, deletes the mails although copying them failed; so each step is waited for here, and nothing is expunged but by UID.
func (s *session) move(ctx context.Context, set imap.UIDSet, target string) error {
	if err := s.create(ctx, target); err != nil {
		return err
	}
	caps := s.client.Caps()
	if caps.Has(imap.CapMove) {
		return s.within(ctx, commandTime, func() error { _, err := s.client.Move(set, target).Wait(); return err })
	}
	if err := s.within(ctx, commandTime, func() error { _, err := s.client.Copy(set, target).Wait(); return err }); err != nil {
		return err
	}
	if !caps.Has(imap.CapUIDPlus) { // a plain EXPUNGE would take what others have marked as deleted
		return s.flag(ctx, set, ingested)
	}
	if err := s.flag(ctx, set, imap.FlagDeleted); err != nil {
		return err
	}
	return s.within(ctx, commandTime, func() error { return s.client.UIDExpunge(set).Close() })
}

// create makes the folder that mails are moved to, if it is not there.
func (s *session) create(ctx context.Context, folder string) error {
	if s.made[folder] {
		return nil
	}
	err := s.within(ctx, commandTime, func() error { return s.client.Create(folder, nil).Wait() })
	var no *imap.Error
	if err != nil && (!errors.As(err, &no) || no.Type != imap.StatusResponseTypeNo) {
		return err
	}
	if s.made == nil {
		s.made = map[string]bool{}
	}
	s.made[folder] = true // or it was there, or the move will say why not
	return nil
}

// keywords reports whether a folder takes keywords of ours.
func keywords(permanent []imap.Flag) bool {
	return slices.Contains(permanent, imap.FlagWildcard) || slices.Contains(permanent, ingested)
}
