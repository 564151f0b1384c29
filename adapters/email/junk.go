package email

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// flagJunk is on a mail that the server or its owner takes for junk (RFC 9051, section 2.3.2).
const flagJunk imap.Flag = "$Junk"

// By what a mail is taken for junk, as a delivery's header says it.
const (
	junkKeyword = "keyword"
	junkFolder  = "folder"
)

// spotJunk asks which mails of a range are marked as junk. Searching for a flag is safe where fetching flags is not; a server that does not search for it knows of no junk.
func (f *folder) spotJunk(ctx context.Context, from, to imap.UID) error {
	uids, err := f.session.search(ctx, from, to, imap.SearchCriteria{Flag: []imap.Flag{flagJunk}})
	if err != nil && !errors.Is(err, errSaid) {
		return err
	}
	f.junk = make(map[imap.UID]bool, len(uids))
	for _, uid := range uids {
		f.junk[uid] = true
	}
	return nil
}

// isJunk is by what a mail is taken for junk; empty if it is not.
func (f *folder) isJunk(uid imap.UID) string {
	switch {
	case f.junk[uid]:
		return junkKeyword
	case junkName(f.name):
		return junkFolder
	}
	return ""
}

// junkName reports whether a folder is called as servers and programs call the one for junk.
func junkName(folder string) bool {
	last := folder[strings.LastIndexAny(folder, "/.")+1:]
	return slices.Contains([]string{"junk", "spam", "junk email", "junk e-mail"}, strings.ToLower(last))
}
