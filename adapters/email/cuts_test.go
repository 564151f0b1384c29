package email_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cutter is a proxy that cuts each connection after a number of bytes from the server, by an end or by a reset, until it has cut often enough.
type cutter struct {
	listener net.Listener
	server   string
	mutex    sync.Mutex
	rand     *rand.Rand
	left     int
}

func startCutter(t *testing.T, server string, cuts int) *cutter {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{listener: listener, server: server, rand: rand.New(rand.NewPCG(seed, 0)), left: cuts}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.pass(client.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return c
}

// bytes is how many the next connection may pass, and how it ends.
func (c *cutter) bytes() (n int64, reset bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.left == 0 {
		return 1 << 40, false
	}
	c.left--
	n = c.rand.Int64N(40_000)
	if c.left%2 == 0 { // far enough for some mails: the pauses stay short
		n += 20_000
	}
	return n, c.rand.IntN(2) == 0
}

func (c *cutter) pass(client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", c.server)
	if err != nil {
		return
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		_, _ = io.Copy(server, client) // whatever ends it ends the connection
		_ = server.Close()
	}()
	n, reset := c.bytes()
	_, _ = io.CopyN(client, server, n)
	if reset {
		_ = client.SetLinger(0)
	}
	_ = client.Close()
	<-asked
}

// A line that breaks again and again, anywhere: every mail comes, once and whole, and the counts agree.
func TestALineThatBreaksLosesNothing(t *testing.T) {
	t.Parallel()
	const mails, cuts = 2500, 12
	s, d := startServer(t), newDesk()
	s.fill("INBOX", 0, mails)
	c := startCutter(t, s.address(), cuts)
	d.patience = 2 * time.Minute
	run(t, d, c.listener.Addr().String(), "start_from: all")
	d.until(t, "all counted", func() bool { return len(d.units) > 0 && d.units[0].Seen == mails })
	d.waiting(t)
	require.Zero(t, c.left, "cuts that were not made")
	u := d.unit()
	require.Equal(t, []int64{mails, 0, 0, 0}, []int64{u.Stored, u.Quarantined, u.Gone, u.Missing()})
	require.Len(t, d.bodies, mails)
	for n := range mails {
		require.Equal(t, mail(n), d.bodies[fmt.Sprintf("INBOX:1:%d", n+1)])
	}
	require.Equal(t, mails, s.flagged("INBOX", "$Ingested"), "after the next looking back")
}
