package email

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/gateway/contact"
)

// nowhere is a desk that keeps what is saved, and has nothing else.
type nowhere struct {
	adapters.Desk
	units []contact.Unit
}

func (n *nowhere) Save(_ context.Context, _ any, units []contact.Unit) error {
	n.units = units
	return nil
}

// The count of what is seen does not follow from what came of it: a mail that the server lists and the reading passes over is missing.
func TestAMailThatIsPassedOverIsMissing(t *testing.T) {
	t.Parallel()
	d := &nowhere{}
	m := &mailbox{settings: Config{Folders: []string{"INBOX"}}, desk: d, place: place{Folders: map[string]*folderPlace{"INBOX": {Recent: noneRecent()}}}}
	f := &folder{m: m, name: "INBOX", suspects: map[imap.UID]int{}, listed: []imap.UID{1, 2, 3, 5, 8, 9}}
	o := outcome{stored: map[imap.UID]bool{1: true, 2: true}, gone: map[imap.UID]bool{5: true}, aside: map[imap.UID]string{8: swallowed}}
	require.NoError(t, f.cover(t.Context(), []imap.UID{1, 2, 5, 8}, o))
	u := d.units[0]
	require.Equal(t, []int64{5, 2, 1, 1, 1}, []int64{u.Seen, u.Stored, u.Quarantined, u.Gone, u.Missing()})
}

// What is read of a place is a copy: holes are filled while the list is gone through.
func TestAPlaceThatWasReadStaysAsItWas(t *testing.T) {
	t.Parallel()
	p := &folderPlace{Recent: noneRecent(), LastUID: 9}
	for uid := imap.UID(1); uid < 5; uid++ {
		p.dig(uid, swallowed, time.Now())
	}
	m := &mailbox{place: place{Folders: map[string]*folderPlace{"INBOX": p}}}
	read := m.at("INBOX")
	m.change("INBOX", func(p *folderPlace) { p.fill(1); p.see(3) })
	require.EqualValues(t, 1, read.Holes[0].UID)
	require.Len(t, read.Holes, 4)
	require.False(t, read.Recent.has(3))
}

// In any order of new ones, late ones and ones put aside that come or go at last, however late, each UID is counted once, and the counts agree.
func TestEachUIDIsSeenOnce(t *testing.T) {
	t.Parallel()
	for range 200 {
		p := &folderPlace{Recent: noneRecent()}
		seen, gone := map[imap.UID]bool{}, map[imap.UID]bool{}
		for range 300 {
			uid := p.LastUID + 1 + imap.UID(rand.N(20)*rand.N(20)*rand.N(5))
			switch {
			case rand.N(3) == 0 && len(p.Holes) > 0:
				uid = p.Holes[rand.N(len(p.Holes))].UID
			case rand.N(2) == 0 && p.LastUID > lookedBack:
				uid = p.LastUID - imap.UID(rand.N(lookedBack))
			}
			if gone[uid] {
				continue
			}
			p.see(uid)
			if !seen[uid] || p.isAside(uid) {
				o := outcome{stored: map[imap.UID]bool{}, gone: map[imap.UID]bool{}, aside: map[imap.UID]string{uid: swallowed}}
				what := rand.N(3)
				o.stored[uid], o.gone[uid], gone[uid] = what == 0, what == 1, what == 1
				p.settle(uid, o, time.Now())
			}
			seen[uid] = true
		}
		require.EqualValues(t, len(seen), p.Seen)
		require.Zero(t, p.unit("INBOX", condition{}).Missing())
	}
}
