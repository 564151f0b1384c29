package email_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// A mail that is put aside and then deleted by somebody is not missed.
func TestAMailPutAsideMayGo(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"oversize: headers_only", "oversize: quarantine, max_message: 64KiB"} {
		t.Run(more, func(t *testing.T) {
			t.Parallel()
			s := newScript(3)
			s.mails[2] += strings.Repeat("x", 70<<10)
			s.answer = func(t *talk, command, line string) bool {
				if command != "FETCH BODY" || !t.asked(line, 2) {
					return false
				}
				t.cut()
				return true
			}
			scripted(t, s, more, func(b *bubble) {
				b.whole(3, 1, 0)
				b.remove(2)
				b.whole(3, 0, 1)
			})
		})
	}
}

// Somebody deletes a mail between the server's list and the fetch.
func TestAMailExpungedBeforeItIsFetchedIsGone(t *testing.T) {
	t.Parallel()
	s := newScript(5)
	s.answer = func(t *talk, command, _ string) bool {
		if command == "FETCH BODY" {
			t.remove(2)
			t.remove(5)
		}
		return false
	}
	scripted(t, s, "", func(b *bubble) { b.whole(5, 0, 2) })
}

// A mail may become visible behind a later one.
func TestALateMailIsFoundAndCountedOnce(t *testing.T) {
	t.Parallel()
	s := newScript(1100)
	late := s.mails[700]
	s.remove(700)
	scripted(t, s, "", func(b *bubble) {
		b.whole(1099, 0, 0)
		b.script.mutex.Lock()
		b.mails[700] = late
		b.script.mutex.Unlock()
		b.whole(1100, 0, 0)
		wait(b, time.Hour)
		b.whole(1100, 0, 0)
		require.Equal(b, 1100, b.offers)
	})
}

// More is put aside than there is room for: it stops for somebody to look, passes over nothing, and goes on when the server is mended.
func TestTooMuchPutAsideStops(t *testing.T) {
	t.Parallel()
	s := newScript(1010)
	s.answer = func(t *talk, command, line string) bool {
		if command != "FETCH BODY" {
			return false
		}
		for _, uid := range t.in(strings.Fields(line)[3]) {
			t.say("* %d FETCH (UID %d BODY[] NIL)", uid, uid)
		}
		t.say("%s OK done", strings.Fields(line)[0])
		return true
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, s)
		b.place = aside(995)
		b.run("")
		b.until(t, "stopped", func() bool { return len(b.units) > 0 && b.units[0].State == contact.Stopped })
		require.EqualValues(t, 1000, b.unit().Quarantined)
		require.EqualValues(t, 1000, b.unit().Seen)
		b.heal()
		b.whole(1010, 995, 0)
	})
}

// aside is a place where the first mails are put aside for long.
func aside(n int) []byte {
	var holes []string
	for uid := range n {
		holes = append(holes, fmt.Sprintf(`{"uid": %d, "reason": "test", "tries": 20, "next": "2100-01-01T00:00:00Z"}`, uid+1))
	}
	return fmt.Appendf(nil, `{"folders": {"INBOX": {"uid_validity": 7, "start_uid": 1, "last_uid": %d, "seen": %d, "holes": [%s]}}}`, n, n, strings.Join(holes, ","))
}

// Whoever stops between storing and saving is offered the same again, and counts it once; so it is with a late one.
func TestACrashBetweenStoringAndSaving(t *testing.T) {
	t.Parallel()
	s := newScript(5)
	late := s.mails[2]
	s.remove(2)
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, s)
		stop := b.run("")
		b.whole(4, 0, 0)
		stop()
		b.place, b.units = nil, nil
		stop = b.run("")
		b.until(t, "again", func() bool { return b.offers == 8 })
		b.whole(4, 0, 0)
		stop()
		before := b.place
		b.mails[2] = late
		stop = b.run("")
		b.whole(5, 0, 0)
		stop()
		b.place, b.units = before, nil
		b.run("")
		b.whole(5, 0, 0)
		require.Equal(t, 9, b.offers)
	})
}

// An inbox that has lost a mail is given it again, and the counts stay.
func TestAMailLostFromTheInboxIsBroughtAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, newScript(5))
		stop := b.run("")
		b.whole(5, 0, 0)
		stop()
		delete(b.arrivals, "INBOX:7:3")
		b.run("")
		b.until(t, "again", func() bool { return b.arrivals["INBOX:7:3"] != "" })
		b.whole(5, 0, 0)
	})
}
