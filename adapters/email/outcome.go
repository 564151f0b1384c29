package email

import (
	"slices"

	"github.com/emersion/go-imap/v2"
)

// outcome is what became of mails that the server was asked for. A mail of which it says nothing may be on its way still, or lost.
type outcome struct {
	stored map[imap.UID]bool
	gone   map[imap.UID]bool
	aside  map[imap.UID]string // why; never empty
}

func (o outcome) knows(uid imap.UID) bool {
	return o.stored[uid] || o.gone[uid] || o.aside[uid] != ""
}

// unknown are those of the mails of which nothing is known.
func (o outcome) unknown(uids []imap.UID) []imap.UID {
	return slices.DeleteFunc(slices.Clone(uids), o.knows)
}

// prefix is the mails up to the first of which nothing is known: so far the place may move.
func (o outcome) prefix(uids []imap.UID) []imap.UID {
	i := slices.IndexFunc(uids, func(u imap.UID) bool { return !o.knows(u) })
	if i < 0 {
		return uids
	}
	return uids[:i]
}

// storedOf are those of the mails that are stored.
func (o outcome) storedOf(uids []imap.UID) []imap.UID {
	return slices.DeleteFunc(slices.Clone(uids), func(u imap.UID) bool { return !o.stored[u] })
}
