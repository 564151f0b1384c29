package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

// stream answers with what is written while it is sent, so that it is never held whole; with a name it is a file. Without one it lasts until the client leaves, which ends the context. What goes wrong meanwhile ends the connection: half a file must not look like a whole one.
func (s *Server) stream(ctx context.Context, media, name string, write func(context.Context, io.Writer) error) *huma.StreamResponse {
	ctx = context.WithoutCancel(ctx) // the body is sent after the handler has ended; a client that leaves is noticed by writing
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c := humafiber.UnwrapV2(hc)
		c.Set(fiber.HeaderContentType, media)
		lasts := name == ""
		if lasts {
			c.Context().SetConnectionClose()
		} else {
			c.Set(fiber.HeaderContentDisposition, attachment(name))
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		c.Status(http.StatusOK)
		conn := c.Context().Conn()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			ctx, done := context.WithCancel(ctx)
			defer done()
			if lasts {
				go watch(conn, done)
			}
			if err := write(ctx, patient{w, conn}); err != nil {
				s.Log.Warn("sending what is streamed", "request_id", requestIDOf(ctx), "err", err)
				_ = conn.Close()
			}
		})
	}}
}

// patient is a connection whose write deadline is for each piece: the server's is for the whole answer. A piece is sent at once.
type patient struct {
	w    *bufio.Writer
	conn net.Conn
}

const pieceTimeout = 30 * time.Second

// Write writes one piece.
func (p patient) Write(piece []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(time.Now().Add(pieceTimeout)); err != nil {
		return 0, err
	}
	n, err := p.w.Write(piece)
	if err != nil {
		return n, err
	}
	return n, p.w.Flush()
}

// watch calls left when the client closes the connection, on which it has nothing more to send. It ends with the connection, which serves no other request.
func watch(conn net.Conn, left func()) {
	defer left()
	if err := conn.SetReadDeadline(time.Time{}); err != nil { // the server's was for the request
		return
	}
	_, _ = io.Copy(io.Discard, conn) // whatever ended it, nobody is there
}
