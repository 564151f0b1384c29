package email_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// script is a mail server that says line for line what a test wants, over pipes in memory: in a bubble of testing/synctest its hours pass at once. Without an answer of the test's it is a plain one.
type script struct {
	mutex    sync.Mutex
	caps     string
	validity int
	next     int
	mails    map[int]string
	keywords map[int]string // one each
	commands []string       // without tags
	dials    int
	// answer takes a command over, if it reports true. Command is its name, of a FETCH what is asked for: "FETCH BODY", "FETCH SIZE", "FETCH DATE".
	answer func(t *talk, command, line string) bool
}

func newScript(mails int) *script {
	s := &script{caps: "IMAP4rev1 IDLE MOVE UIDPLUS", validity: 7, next: 1, mails: map[int]string{}, keywords: map[int]string{}}
	for range mails {
		s.add()
	}
	return s
}

func (s *script) add() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.mails[s.next] = fmt.Sprintf("Subject: %d\r\n\r\n%d", s.next, s.next)
	s.next++
}

func (s *script) remove(uid int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.mails, uid)
}

// heal makes the server a plain one.
func (s *script) heal() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.answer = nil
}

func (s *script) said(command string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n := 0
	for _, c := range s.commands {
		if strings.HasPrefix(c, command) {
			n++
		}
	}
	return n
}

// talk is one connection.
type talk struct {
	*script
	conn  net.Conn
	lines chan string
	dial  int  // counted from 1
	reset bool // how it ends, as the client sees it
}

// end is the client's side of a connection; it may end by a reset, which pipes do not have.
type end struct {
	net.Conn
	t *talk
}

func (e end) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	e.t.mutex.Lock()
	defer e.t.mutex.Unlock()
	if errors.Is(err, io.EOF) && e.t.reset {
		err = syscall.ECONNRESET
	}
	return n, err
}

func (s *script) connect(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.dials++
	t := &talk{script: s, conn: server, lines: make(chan string), dial: s.dials}
	go t.read()
	go t.serve()
	return end{client, t}, nil
}

func (t *talk) read() {
	defer close(t.lines)
	for in := bufio.NewScanner(t.conn); in.Scan(); {
		t.lines <- in.Text()
	}
}

func (t *talk) serve() {
	defer t.cut()
	if !t.taken("GREETING", "") {
		t.say("* OK [CAPABILITY %s] hello", t.caps)
	}
	for line := range t.lines {
		tag, line, _ := strings.Cut(line, " ")
		if !t.taken(name(line), tag+" "+line) {
			t.plain(name(line), tag, strings.Fields(line))
		}
	}
}

func (t *talk) taken(command, line string) bool {
	t.mutex.Lock()
	_, untagged, _ := strings.Cut(line, " ")
	t.commands = append(t.commands, command+" "+untagged)
	answer := t.answer
	t.mutex.Unlock()
	return answer != nil && answer(t, command, line)
}

func name(line string) string {
	verb, rest, _ := strings.Cut(strings.TrimPrefix(line, "UID "), " ")
	switch {
	case verb != "FETCH":
		return verb
	case strings.Contains(rest, "SIZE"):
		return "FETCH SIZE"
	case strings.Contains(rest, "INTERNALDATE"):
		return "FETCH DATE"
	}
	return "FETCH BODY"
}

func (t *talk) say(format string, args ...any) { t.raw(fmt.Sprintf(format, args...) + "\r\n") }

func (t *talk) raw(text string) { _, _ = io.WriteString(t.conn, text) } // the client may have gone

// cut ends the connection, after what was said.
func (t *talk) cut() {
	_ = t.conn.Close()
	for range t.lines { // let the reader end
	}
}

// silent says nothing until the client gives up.
func (t *talk) silent() {
	for range t.lines {
	}
}

// body is what a FETCH says of a mail.
func (t *talk) body(uid int) string {
	text := t.text(uid)
	return fmt.Sprintf("* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n", uid, uid, len(text), text)
}

func (t *talk) text(uid int) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.mails[uid]
}

// in are the UIDs of a set that are there; "n:*" has always the last one (RFC 9051, section 6.4.4).
func (t *talk) in(set string) []int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	there := slices.Sorted(maps.Keys(t.mails))
	var found []int
	for _, uid := range there {
		for _, part := range strings.Split(set, ",") {
			from, to, open := strings.Cut(part, ":")
			low, _ := strconv.Atoi(from)
			high, _ := strconv.Atoi(to)
			switch {
			case !open:
				high = low
			case to == "*":
				high = there[len(there)-1]
				low = min(low, high)
			}
			if uid >= low && uid <= high && !slices.Contains(found, uid) {
				found = append(found, uid)
			}
		}
	}
	return found
}

func (t *talk) plain(command, tag string, args []string) {
	switch command {
	case "CAPABILITY":
		t.say("* CAPABILITY %s", t.caps)
	case "LOGIN", "AUTHENTICATE":
		t.say("%s OK [CAPABILITY %s] in", tag, t.caps)
		return
	case "SELECT", "EXAMINE":
		t.mutex.Lock()
		text := fmt.Sprintf("* %d EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] flags\r\n* OK [UIDVALIDITY %d] ids\r\n* OK [UIDNEXT %d] next\r\n", len(t.mails), t.validity, t.next)
		t.mutex.Unlock()
		t.raw(text)
	case "SEARCH":
		t.say("* SEARCH%s", t.search(args[2:]))
	case "FETCH SIZE":
		for _, uid := range t.in(args[2]) {
			t.say("* %d FETCH (UID %d RFC822.SIZE %d)", uid, uid, len(t.text(uid)))
		}
	case "FETCH DATE":
		for _, uid := range t.in(args[2]) {
			t.say("* %d FETCH (UID %d INTERNALDATE \"17-Nov-1999 12:00:00 +0000\")", uid, uid)
		}
	case "FETCH BODY":
		for _, uid := range t.in(args[2]) {
			t.raw(t.body(uid))
		}
	case "STORE":
		for _, uid := range t.in(args[2]) {
			t.mutex.Lock()
			t.keywords[uid] = strings.Trim(args[len(args)-1], "()")
			t.mutex.Unlock()
		}
	case "EXPUNGE":
		for _, uid := range t.in(args[2]) {
			t.remove(uid)
		}
	case "IDLE":
		t.say("+ idling")
		if _, ok := <-t.lines; !ok || t.taken("DONE", tag+" DONE") {
			return
		}
	}
	t.say("%s OK done", tag)
	if command == "LOGOUT" {
		t.cut()
	}
}

func (t *talk) search(criteria []string) string {
	found := t.in("1:*")
	for i := 0; i+1 < len(criteria); i += 2 {
		kept := t.in(criteria[i+1])
		found = slices.DeleteFunc(found, func(uid int) bool {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			switch criteria[i] {
			case "KEYWORD":
				return t.keywords[uid] != criteria[i+1]
			case "UNKEYWORD":
				return t.keywords[uid] == criteria[i+1]
			}
			return !slices.Contains(kept, uid)
		})
	}
	text := ""
	for _, uid := range found {
		text += " " + strconv.Itoa(uid)
	}
	return text
}
