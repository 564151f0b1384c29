package main

import (
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// cutter is a TCP proxy that cuts connections at given counts of the bytes that have come from the server.
type cutter struct {
	listener net.Listener
	server   string

	mutex   sync.Mutex
	random  *rand.Rand
	passed  int64
	cuts    []int64       // at which counts the connection is cut, the next first
	until   int64         // at which count reached is closed
	reached chan struct{} // closed when so much has passed
	made    int           // cuts made so far
}

func startCutter(t *testing.T, server string, random *rand.Rand) *cutter {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{listener: listener, server: server, random: random, reached: make(chan struct{})}
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go c.pass(client.(*net.TCPConn))
		}
	}()
	return c
}

// plan counts anew: so many cuts at random before the count is reached, and reached is closed then.
func (c *cutter) plan(until int64, cuts int) (reached <-chan struct{}) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.passed, c.until, c.cuts, c.reached = 0, until, nil, make(chan struct{})
	for range cuts {
		c.cuts = append(c.cuts, c.random.Int64N(until))
	}
	slices.Sort(c.cuts)
	return c.reached
}

// pass carries one connection until either side ends it, or its cut has come.
func (c *cutter) pass(client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	conn, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client) // ends when either is closed
		_ = server.CloseWrite()
	}()
	buffer := make([]byte, 16<<10)
	for {
		n, err := server.Read(buffer)
		if n > 0 {
			whole := c.count(n)
			if _, err := client.Write(buffer[:whole]); err != nil {
				return
			}
			if whole < n {
				c.end(client)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// count says how many of n bytes may pass before the connection is cut.
func (c *cutter) count(n int) int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.cuts) > 0 && c.passed+int64(n) > c.cuts[0] {
		n = int(max(0, c.cuts[0]-c.passed))
		c.cuts = c.cuts[1:]
		c.made++
	}
	before := c.passed
	c.passed += int64(n)
	if before < c.until && c.passed >= c.until {
		close(c.reached)
	}
	return n
}

// end cuts a connection by one of the two ways there are: in order, or by a reset.
func (c *cutter) end(client *net.TCPConn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.random.IntN(2) == 0 {
		_ = client.SetLinger(0) // a reset, and what is under way is lost
	}
}
