package email

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"

	"usher/gateway/contact"
)

// place is where the reading of a mailbox stands; it is saved after what it covers was stored, never before.
type place struct {
	Folders map[string]*folderPlace `json:"folders"`
	Token   []byte                  `json:"token,omitempty"` // the refresh token, sealed
}

// folderPlace is where the reading of a folder stands. UIDs mean something only under one UIDVALIDITY (RFC 9051, section 2.3.1.1), and so do the counts.
type folderPlace struct {
	UIDValidity uint32    `json:"uid_validity"`
	Generation  int       `json:"generation"` // counts the UIDVALIDITYs
	StartUID    imap.UID  `json:"start_uid"`  // the first that is ours to read
	LastUID     imap.UID  `json:"last_uid"`   // all up to here are stored, put aside or gone
	Newest      time.Time `json:"newest"`     // the latest INTERNALDATE that was told of a mail; zero: none was
	Seen        int64     `json:"seen"`       // the UIDs up to LastUID that the server has listed, counted from its lists
	Stored      int64     `json:"stored"`     // those of them that the inbox has taken
	Gone        int64     `json:"gone"`       // those of them that were expunged before they could be fetched
	Holes       []hole    `json:"holes,omitempty"`
	Recent      recent    `json:"recent"` // which of the last UIDs were counted
}

// hole is a mail that could not be fetched.
type hole struct {
	UID    imap.UID  `json:"uid"`
	Reason string    `json:"reason"`
	Tries  int       `json:"tries"`
	Next   time.Time `json:"next,omitzero"` // zero: it is not tried again
}

// maxHoles bounds what is put aside in one folder; beyond it something else is wrong.
const maxHoles = 1000

// Why a mail is put aside. A mail that is too large stays so.
const (
	tooLarge  = "larger than email.max_message"
	swallowed = "the server lists it and does not give it"
	breaking  = "the connection breaks on it"
)

// key is a mail's natural key. Without the folder two folders would collide, and a mail be lost silently.
func (p *folderPlace) key(folder string, uid imap.UID) string {
	return fmt.Sprintf("%s:%d:%d", folder, p.UIDValidity, uid)
}

// clone is a copy that shares nothing.
func (p *folderPlace) clone() folderPlace {
	c := *p
	c.Holes, c.Recent = slices.Clone(p.Holes), slices.Clone(p.Recent)
	return c
}

// see counts a mail that the server lists, once.
func (p *folderPlace) see(uid imap.UID) {
	if uid <= p.LastUID && p.counted(uid) {
		return
	}
	p.reach(uid)
	p.Seen++
	if p.isRecent(uid) {
		p.Recent.add(uid)
	}
}

// counted reports whether a mail was seen before. What is put aside was, however long ago.
func (p *folderPlace) counted(uid imap.UID) bool {
	return p.isRecent(uid) && p.Recent.has(uid) || p.isAside(uid)
}

// isRecent reports whether it is remembered of a mail if it was counted. An older one shares its bit with one that is.
func (p *folderPlace) isRecent(uid imap.UID) bool {
	return uid <= p.LastUID && p.LastUID-uid < recentUIDs
}

// forget makes a mail that turns up again another one.
func (p *folderPlace) forget(uid imap.UID) {
	if p.isRecent(uid) {
		p.Recent.drop(uid)
	}
}

// reach moves the place on to a UID.
func (p *folderPlace) reach(uid imap.UID) {
	if uid <= p.LastUID {
		return
	}
	p.Recent = p.Recent.slide(p.LastUID, uid)
	p.LastUID = uid
}

// unsee takes back the counting of a mail that was stored, and is not.
func (p *folderPlace) unsee(uid imap.UID) {
	p.forget(uid)
	p.Seen--
	p.Stored--
}

// settle counts what became of a mail that was seen.
func (p *folderPlace) settle(uid imap.UID, o outcome, now time.Time) {
	switch {
	case o.stored[uid]:
		p.fill(uid)
		p.Stored++
	case o.gone[uid]:
		p.fill(uid)
		p.Gone++
		p.forget(uid)
	case o.aside[uid] != "":
		p.dig(uid, o.aside[uid], now)
	}
}

// dig puts a mail aside, or off again.
func (p *folderPlace) dig(uid imap.UID, reason string, now time.Time) {
	i := slices.IndexFunc(p.Holes, func(h hole) bool { return h.UID == uid })
	if i < 0 {
		p.Holes = append(p.Holes, hole{UID: uid})
		i = len(p.Holes) - 1
	}
	h := &p.Holes[i]
	h.Reason = reason
	h.Tries++
	h.Next = now.Add(min(time.Minute<<min(h.Tries, 11), 24*time.Hour))
	if reason == tooLarge {
		h.Next = time.Time{}
	}
}

// crowdedBy reports whether more would be put aside than there is room for.
func (p *folderPlace) crowdedBy(aside map[imap.UID]string) bool {
	holes := len(p.Holes)
	for uid := range aside {
		if !p.isAside(uid) {
			holes++
		}
	}
	return holes > maxHoles
}

// fill takes a mail that was stored after all, or is gone, off the list.
func (p *folderPlace) fill(uid imap.UID) {
	p.Holes = slices.DeleteFunc(p.Holes, func(h hole) bool { return h.UID == uid })
}

// isAside reports whether a mail is on the list.
func (p *folderPlace) isAside(uid imap.UID) bool {
	return slices.ContainsFunc(p.Holes, func(h hole) bool { return h.UID == uid })
}

// unit is what people see of a folder.
func (p *folderPlace) unit(name string, c condition) contact.Unit {
	u := contact.Unit{
		Name: name, State: c.state, Since: c.since, Error: c.reason, Failures: c.failures,
		Seen: p.Seen, Stored: p.Stored, Quarantined: int64(len(p.Holes)), Gone: p.Gone,
	}
	for _, h := range p.Holes {
		u.Holes = append(u.Holes, contact.Hole{Key: strconv.FormatUint(uint64(h.UID), 10), Reason: h.Reason, Tries: h.Tries, Next: h.Next})
	}
	return u
}

// condition is what a folder's reading is doing.
type condition struct {
	state    contact.UnitState
	since    time.Time
	reason   string
	failures int
}
