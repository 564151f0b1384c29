package email

import "github.com/emersion/go-imap/v2"

// recent is a set of UIDs out of the last recentUIDs up to a folder's place, a bit for each. By it a mail that turns up late is counted once, whoever stops in between.
type recent []byte

// recentUIDs is a little more than is looked back.
const recentUIDs = 1024

func noneRecent() recent { return make(recent, recentUIDs/8) }

func (r recent) has(uid imap.UID) bool {
	return r[uid%recentUIDs/8]&(1<<(uid%8)) != 0
}

func (r recent) add(uid imap.UID) { r[uid%recentUIDs/8] |= 1 << (uid % 8) }

func (r recent) drop(uid imap.UID) { r[uid%recentUIDs/8] &^= 1 << (uid % 8) }

// slide moves the end from one UID to a later one; the new ones are not in the set.
func (r recent) slide(from, to imap.UID) recent {
	if to-from >= recentUIDs {
		return noneRecent()
	}
	for uid := from + 1; uid <= to && uid > from; uid++ {
		r.drop(uid)
	}
	return r
}
