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

// folderPlace is where the reading of a folder stands. UIDs mean something only under one UIDVALIDITY (RFC 9051, section 2.3.1.1).
type folderPlace struct {
	UIDValidity uint32    `json:"uid_validity"`
	Generation  int       `json:"generation"` // counts the UIDVALIDITYs
	StartUID    imap.UID  `json:"start_uid"`  // the first that is ours to read
	LastUID     imap.UID  `json:"last_uid"`   // all up to here are stored, quarantined or gone
	NewestAt    time.Time `json:"newest_at"`  // when something was stored last
	Stored      int64     `json:"stored"`     // of this generation
	Holes       []hole    `json:"holes,omitempty"`
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

// key is a mail's natural key. Without the folder two folders would collide, and a mail be lost silently.
func (p *folderPlace) key(folder string, uid imap.UID) string {
	return fmt.Sprintf("%s:%d:%d", folder, p.UIDValidity, uid)
}

// dig puts a mail aside, or off again; without a time, for good.
func (p *folderPlace) dig(uid imap.UID, reason string, now time.Time) {
	i := slices.IndexFunc(p.Holes, func(h hole) bool { return h.UID == uid })
	if i < 0 {
		p.Holes = append(p.Holes, hole{UID: uid})
		i = len(p.Holes) - 1
	}
	h := &p.Holes[i]
	h.Reason = reason
	h.Tries++
	h.Next = time.Time{}
	if !now.IsZero() {
		h.Next = now.Add(min(time.Minute<<min(h.Tries, 11), 24*time.Hour))
	}
}

// fill takes a mail that was stored after all off the list.
func (p *folderPlace) fill(uid imap.UID) {
	p.Holes = slices.DeleteFunc(p.Holes, func(h hole) bool { return h.UID == uid })
}

// aside reports whether a mail is on the list.
func (p *folderPlace) aside(uid imap.UID) bool {
	return slices.ContainsFunc(p.Holes, func(h hole) bool { return h.UID == uid })
}

// unit is what people see of a folder.
func (p *folderPlace) unit(name string, c condition) contact.Unit {
	u := contact.Unit{
		Name: name, State: c.state, Since: c.since, Error: c.reason, Failures: c.failures,
		Stored: p.Stored, Quarantined: int64(len(p.Holes)), Seen: p.Stored + int64(len(p.Holes)),
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
