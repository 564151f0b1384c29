package email_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// asked reports whether a FETCH is for a mail, perhaps among others.
func (t *talk) asked(line string, uid int) bool {
	for _, there := range t.in(strings.Fields(line)[3]) {
		if there == uid {
			return true
		}
	}
	return false
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

// Sizes only save work: a server that does not tell them is read too, and what is too large is noticed when it comes.
func TestAServerWithoutSizesIsRead(t *testing.T) {
	t.Parallel()
	s := newScript(5)
	s.mails[2] += strings.Repeat("x", 70<<10)
	s.answer = func(t *talk, command, line string) bool {
		if command == "FETCH SIZE" {
			t.say("%s NO not here", strings.Fields(line)[0])
		}
		return command == "FETCH SIZE"
	}
	scripted(t, s, "oversize: quarantine, max_message: 64KiB", func(b *bubble) {
		b.whole(5, 1, 0)
		require.Equal(b, "larger than email.max_message", b.unit().Holes[0].Reason)
		require.Equal(b, 1, b.dials)
	})
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

// A date that the library cannot read costs one connection, and no mail; without a date a folder that is numbered anew is read from its beginning.
func TestAnOddDateIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	s := newScript(450)
	s.answer = func(t *talk, command, _ string) bool {
		if command == "FETCH DATE" {
			t.say("* 1 FETCH (UID 1 INTERNALDATE \"yesterday\")")
		}
		return command == "FETCH DATE"
	}
	scripted(t, s, "on_uidvalidity_change: since_last", func(b *bubble) {
		b.whole(450, 0, 0)
		require.Equal(b, 2, b.dials)
		require.Equal(b, 1, b.said("FETCH DATE"))
		b.script.mutex.Lock()
		b.validity = 8
		b.script.mutex.Unlock()
		b.until(b.T, "read anew", func() bool { return len(b.arrivals) == 900 })
	})
}

// Dates are asked for only where they are needed.
func TestDatesAreLeftAlone(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(3), "", func(b *bubble) {
		b.whole(3, 0, 0)
		require.Zero(b, b.said("FETCH DATE"))
	})
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

// A folder that is made anew while it is waited on is noticed only by selecting it again. Until then its mails look like those of before that are stored, and must not be marked as if they were.
func TestAFolderNumberedAnewWhileItIsWaitedOn(t *testing.T) {
	t.Parallel()
	scripted(t, newScript(4), "", func(b *bubble) {
		b.whole(4, 0, 0)
		b.script.mutex.Lock()
		b.validity, b.next, b.mails, b.keywords = 8, 1, map[int]string{}, map[int]string{}
		unstored := 0
		b.answer = func(_ *talk, command, _ string) bool {
			if command == "STORE" && !b.has("INBOX:8:2") {
				unstored++
			}
			return false
		}
		b.script.mutex.Unlock()
		b.add()
		b.add()
		began := time.Now()
		b.until(b.T, "read anew", func() bool { return b.bodies["INBOX:8:2"] != "" })
		require.Less(b, time.Since(began), 20*time.Minute)
		b.until(b.T, "counted anew", func() bool { return b.units[0].Seen == 2 && b.units[0].Stored == 2 })
		require.Equal(b, 1, b.dials)
		require.Zero(b, unstored)
	})
}

func (b *bubble) has(key string) bool {
	b.desk.mutex.Lock()
	defer b.desk.mutex.Unlock()
	return b.arrivals[key] != ""
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
