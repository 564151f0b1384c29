package email_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"usher/adapters"
	"usher/adapters/email"
	"usher/gateway/contact"
)

// bubble is a run over a scripted server, in time of its own.
type bubble struct {
	*desk
	*script
	*testing.T
}

// scripted runs a mailbox over a scripted server.
func scripted(t *testing.T, s *script, more string, then func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, s)
		b.run(more)
		then(b)
	})
}

func newBubble(t *testing.T, s *script) *bubble {
	b := &bubble{newDesk(), s, t}
	b.patience, b.tick = 3*time.Hour, time.Second
	return b
}

func (b *bubble) run(more string) (stop func()) {
	b.Helper()
	return b.over(source(b, "127.0.0.1:1", "start_from: all, "+more))
}

func (b *bubble) over(from adapters.Source) (stop func()) {
	b.Helper()
	built, err := email.New(from)
	require.NoError(b, err)
	email.Over(built, b.connect, nil)
	return runBuilt(b, b.desk, built)
}

// whole waits until the place has come to a number of mails, and checks that all but those put aside are stored as they are, and that the counts agree.
func (b *bubble) whole(seen, aside, gone int) {
	b.Helper()
	b.until(b.T, "all seen", func() bool {
		u := b.units
		return len(u) > 0 && u[0].State == contact.Waiting && u[0].Seen == int64(seen) && u[0].Quarantined == int64(aside) && u[0].Gone == int64(gone)
	})
	b.exact()
	require.Zero(b, b.unit().Missing())
	require.EqualValues(b, seen-aside-gone, b.unit().Stored)
	require.Len(b, b.arrivals, seen-aside-gone)
}

// exact checks that what is stored is what lies there.
func (b *bubble) exact() {
	b.Helper()
	b.desk.mutex.Lock()
	defer b.desk.mutex.Unlock()
	b.script.mutex.Lock()
	defer b.script.mutex.Unlock()
	for uid, text := range b.mails {
		if stored, ok := b.bodies[fmt.Sprintf("%s:%d:%d", b.units[0].Name, b.validity, uid)]; ok {
			require.Equal(b, text, stored)
		}
	}
}

// asked reports whether a FETCH is for a mail, perhaps among others.
func (t *talk) asked(line string, uid int) bool {
	for _, there := range t.in(strings.Fields(line)[3]) {
		if there == uid {
			return true
		}
	}
	return false
}

// A plain server: what the other tests rest on.
func TestAScriptedMailboxIsReadOnce(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(5), "", func(b *bubble) {
		b.whole(5, 0, 0)
		b.add()
		wait(b, time.Hour)
		b.whole(6, 0, 0)
		require.Equal(b, 6, b.offers)
		require.Equal(b, 1, b.dials)
	})
}

func wait(b *bubble, d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Trap 1: the library's own move deletes what it could not copy.
func TestAMailThatCannotBeMovedStays(t *testing.T) {
	t.Parallel()
	s := newScript(3)
	s.caps = "IMAP4rev1 IDLE UIDPLUS"
	s.answer = func(t *talk, command, line string) bool {
		if command != "COPY" && command != "CREATE" {
			return false
		}
		tag, _, _ := strings.Cut(line, " ")
		t.say("%s NO [TRYCREATE] no such folder", tag)
		return true
	}
	scripted(t, s, "after: 'move:Done'", func(b *bubble) {
		b.until(b.T, "refused", func() bool { return b.said("COPY") > 2 })
		require.Zero(b, b.said("STORE")+b.said("EXPUNGE"))
		require.Len(b, b.mails, 3)
		b.stored(b.T, 3)
		b.until(b.T, "said", func() bool { return b.units[0].State == contact.BackingOff })
		require.Contains(b, b.unit().Error, "TRYCREATE")
	})
}

// Trap 2: wherever an answer breaks off, by end or by reset, no part of a mail is taken for a mail, and all come in the end.
func TestAnAnswerThatBreaksOffAnywhere(t *testing.T) {
	t.Parallel()
	plain := &talk{script: newScript(3)}
	answer := plain.body(1) + plain.body(2) + plain.body(3)
	for _, reset := range []bool{false, true} {
		t.Run(map[bool]string{false: "end", true: "reset"}[reset], func(t *testing.T) {
			t.Parallel()
			for at := range len(answer) {
				s := newScript(3)
				s.answer = func(t *talk, command, _ string) bool {
					if command != "FETCH BODY" || t.dial > 1 {
						return false
					}
					t.mutex.Lock()
					t.reset = reset
					t.mutex.Unlock()
					t.raw(answer[:at])
					t.cut()
					return true
				}
				scripted(t, s, "", func(b *bubble) {
					b.whole(3, 0, 0)
					require.Equal(b, 2, b.dials)
				})
			}
		})
	}
}

// Trap 3: a word about a mail's flags before its body, or its UID behind it, and the library drops the body without a word. Such a mail is asked for alone, and if that does not help it is on the list, and tried again.
func TestABodyThatTheLibraryDropsIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(t *talk, uid int) string{
		"flags first": func(t *talk, uid int) string {
			return fmt.Sprintf("* %d FETCH (UID %d FLAGS (\\Seen))\r\n", uid, uid) + t.body(uid)
		},
		"uid last": func(t *talk, uid int) string {
			text := t.text(uid)
			return fmt.Sprintf("* %d FETCH (BODY[] {%d}\r\n%s UID %d)\r\n", uid, len(text), text, uid)
		},
		"nil":   func(_ *talk, uid int) string { return fmt.Sprintf("* %d FETCH (UID %d BODY[] NIL)\r\n", uid, uid) }, // trap 13
		"empty": func(_ *talk, uid int) string { return fmt.Sprintf("* %d FETCH (UID %d BODY[] \"\")\r\n", uid, uid) },
		"a part": func(_ *talk, uid int) string {
			return fmt.Sprintf("* %d FETCH (UID %d BODY[]<0> {3}\r\nSub)\r\n", uid, uid)
		},
	} {
		for _, always := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, always %t", name, always), func(t *testing.T) {
				t.Parallel()
				s, times := newScript(5), 0
				s.answer = func(t *talk, command, line string) bool {
					if command != "FETCH BODY" || !t.asked(line, 3) || times > 0 && !always {
						return false
					}
					times++
					for _, uid := range t.in(strings.Fields(line)[3]) {
						if uid == 3 {
							t.raw(before(t, uid))
							continue
						}
						t.raw(t.body(uid))
					}
					t.say("%s OK done", strings.Fields(line)[0])
					return true
				}
				scripted(t, s, "", func(b *bubble) {
					if always {
						b.whole(5, 1, 0)
						require.Equal(b, "3", b.unit().Holes[0].Key)
						require.Contains(b, b.unit().Holes[0].Reason, "does not give it")
						b.heal()
					}
					b.whole(5, 0, 0)
					require.Equal(b, 1, b.dials, "no connection is lost by it")
				})
			})
		}
	}
}

// Trap 4: two FETCHes under way at once can lock each other for ever.
func TestOnlyOneCommandIsUnderWay(t *testing.T) {
	t.Parallel()
	s, early := newScript(250), 0
	s.answer = func(t *talk, command, _ string) bool {
		if strings.HasPrefix(command, "FETCH") {
			select {
			case <-t.lines:
				early++
			case <-time.After(time.Second):
			}
		}
		return false
	}
	scripted(t, s, "", func(b *bubble) {
		b.whole(250, 0, 0)
		require.Zero(b, early)
	})
}

// Trap 5: the library waits for ever for a server that says nothing.
func TestASilentServerIsLeft(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"GREETING", "LOGIN", "SELECT", "SEARCH", "FETCH SIZE", "FETCH BODY", "a literal", "STORE", "IDLE", "DONE", "LOGOUT"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := newScript(3)
			s.answer = func(t *talk, command, _ string) bool {
				switch {
				case t.dial > 1:
					return false
				case at == "a literal" && command == "FETCH BODY":
					t.raw(t.body(1)[:len(t.body(1))-5])
				case command != at:
					return false
				}
				t.silent()
				return true
			}
			began := time.Now()
			scripted(t, s, "", func(b *bubble) {
				began = time.Now()
				b.whole(3, 0, 0)
				require.Less(b, time.Since(began), 3*time.Minute)
				b.add()
				b.whole(4, 0, 0)
				require.Less(b, time.Since(began), 15*time.Minute)
				if at == "LOGOUT" { // that is at the end of a run
					return
				}
				require.Equal(b, 2, b.dials)
			})
		})
	}
}

// A server that never gets anywhere is asked ever more seldom, and that shows.
func TestAServerThatStaysSilentIsBackedOffFrom(t *testing.T) {
	t.Parallel()
	s := newScript(1)
	s.answer = func(t *talk, command, _ string) bool {
		if command == "SEARCH" {
			t.silent()
		}
		return command == "SEARCH"
	}
	scripted(t, s, "", func(b *bubble) {
		for range 60 { // whatever it is doing, it shows
			wait(b, 3*time.Minute)
			require.NotEmpty(b, b.unit().Error)
		}
		require.Greater(b, b.unit().Failures, 10)
		require.Less(b, b.dials, 90)
		require.Contains(b, b.unit().Error, "did not answer in time")
	})
}

// Trap 6: what the library does not know kills the connection, each time. The mail it happens on is found, put aside, and tried again later; the others do not wait for it.
func TestAPoisonousMailIsPutAside(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]string{
		"untagged data": "* XFOO 1\r\n",
		"vanished":      "* VANISHED 300\r\n",
		"attribute":     "* 57 FETCH (UID 57 X-GM-MSGID 1278455344230334865 BODY[] {1}\r\nx)\r\n",
		"flag":          "* 57 FETCH (FLAGS ([Gmail]/Sent) UID 57)\r\n",
		"date":          "* 57 FETCH (UID 57 INTERNALDATE \"yesterday\")\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(120)
			s.answer = func(t *talk, command, line string) bool {
				if command != "FETCH BODY" || !t.asked(line, 57) {
					return false
				}
				for _, uid := range t.in(strings.Fields(line)[3]) {
					if uid == 57 {
						t.raw(poison)
					}
					t.raw(t.body(uid))
				}
				t.say("%s OK done", strings.Fields(line)[0])
				return true
			}
			scripted(t, s, "", func(b *bubble) {
				b.whole(120, 1, 0)
				require.Equal(b, "57", b.unit().Holes[0].Key)
				require.Contains(b, b.unit().Holes[0].Reason, "breaks on it")
				b.add()
				b.whole(121, 1, 0)
				b.heal()
				b.whole(121, 0, 0)
			})
		})
	}
}

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

// Trap 7: an IDLE that never says anything is ended, and what came meanwhile is found.
func TestAnIdleThatSaysNothingIsEnded(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(1), "", func(b *bubble) {
		b.whole(1, 0, 0)
		wait(b, time.Hour)
		b.add()
		began := time.Now()
		b.whole(2, 0, 0)
		require.Less(b, time.Since(began), 10*time.Minute)
		require.Equal(b, 1, b.dials)
	})
}

// Trap 14: a server that gives some and then says that it is enough is asked for the rest, later.
func TestARefusalAfterSomeBodiesIsPatience(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"LIMIT", "UNAVAILABLE", "SERVERBUG"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, refusals := newScript(20), 0
			s.answer = func(t *talk, command, line string) bool {
				if command != "FETCH BODY" || refusals >= 6 || code == "SERVERBUG" && refusals >= 2 {
					return false
				}
				refusals++
				if asked := t.in(strings.Fields(line)[3]); len(asked) > 2 {
					t.raw(t.body(asked[0]) + t.body(asked[1]))
				}
				t.say("%s NO [%s] enough", strings.Fields(line)[0], code)
				return true
			}
			scripted(t, s, "", func(b *bubble) {
				b.whole(20, 0, 0)
				require.Zero(b, b.aside)
			})
		})
	}
}

// A folder that is made anew while it is waited on is noticed only by selecting it again.
func TestAFolderNumberedAnewWhileItIsWaitedOn(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(4), "", func(b *bubble) {
		b.whole(4, 0, 0)
		b.script.mutex.Lock()
		b.validity, b.next, b.mails, b.keywords = 8, 1, map[int]string{}, map[int]string{}
		b.script.mutex.Unlock()
		b.add()
		b.add()
		began := time.Now()
		b.until(b.T, "read anew", func() bool { return b.bodies["INBOX:8:2"] != "" })
		require.Less(b, time.Since(began), 80*time.Minute)
		b.until(b.T, "counted anew", func() bool { return b.units[0].Seen == 2 && b.units[0].Stored == 2 })
		require.Equal(b, 1, b.dials)
	})
}

// A server that does not say how it numbers is not read: what is read today might be another mail tomorrow.
func TestAFolderWithoutNumberingIsNotRead(t *testing.T) {
	t.Parallel()
	s := newScript(1)
	s.validity = 0
	scripted(t, s, "", func(b *bubble) {
		b.until(b.T, "said", func() bool { return len(b.units) > 0 && strings.Contains(b.units[0].Error, "UIDVALIDITY") })
		require.Empty(b, b.arrivals)
	})
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
