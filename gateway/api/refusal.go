package api

import (
	"io"
	"net"
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

// lingering is a listener whose connections let a refusal arrive. A request with too large a body or too long an address is refused unread; a connection that is closed while something unread lies in it is reset, and the reset overtakes the answer (RFC 9112 section 9.6).
type lingering struct{ net.Listener }

func (l lingering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &connection{TCPConn: tcp}, err
	}
	return c, err
}

// connection is one that knows whether its last request was refused unread.
type connection struct {
	*net.TCPConn
	refused atomic.Bool
}

// Close ends what we say, and after a refusal goes on reading, until the client has ended too or the time that its request had is over: the deadline is still the request's.
func (c *connection) Close() error {
	if c.refused.Load() && c.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, struct{ io.Reader }{c.TCPConn})
	}
	return c.TCPConn.Close()
}

// refusing marks the connections of requests that are answered before they were read.
func refusing(answer func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(r *fasthttp.RequestCtx, err error) {
		if c, ok := r.Conn().(*connection); ok {
			c.refused.Store(true)
		}
		answer(r, err)
	}
}
