// Package imaptest is a mailbox on an IMAP server in memory, on loopback: for tests, the demo and the benchmark. It has one user and takes no TLS.
package imaptest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// Server is an IMAP server with one mailbox.
type Server struct {
	user     *imapmemserver.User
	caps     imap.CapSet
	listener net.Listener
	inner    *imapserver.Server
	served   chan error
	tokens   atomic.Pointer[func(token string) bool] // nil: passwords are taken
}

// Start begins to serve a user's mailbox with an INBOX. Without caps the server has IDLE, MOVE and UIDPLUS.
func Start(ctx context.Context, user, password string, caps ...imap.Cap) (*Server, error) {
	if len(caps) == 0 {
		caps = []imap.Cap{imap.CapIMAP4rev1, imap.CapIdle, imap.CapMove, imap.CapUIDPlus}
	}
	s := &Server{user: imapmemserver.NewUser(user, password), caps: imap.CapSet{}}
	for _, c := range caps {
		s.caps[c] = struct{}{}
	}
	if err := s.Create("INBOX"); err != nil {
		return nil, err
	}
	return s, s.listen(ctx, "127.0.0.1:0")
}

func (s *Server) listen(ctx context.Context, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	s.listener, s.served = listener, make(chan error, 1)
	s.inner = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{server: s}, nil, nil
		},
		Caps: s.caps, InsecureAuth: true, Logger: quiet{},
	})
	go func(inner *imapserver.Server) { s.served <- inner.Serve(listener) }(s.inner)
	return nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// Address is where it listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Host and Port are the parts of Address.
func (s *Server) Host() string { return "127.0.0.1" }

// Port is the number it listens at.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Create makes a folder.
func (s *Server) Create(folder string) error { return s.user.Create(folder, nil) }

// Delete removes a folder; made again, it is numbered anew.
func (s *Server) Delete(folder string) error { return s.user.Delete(folder) }

// Append puts a mail into a folder.
func (s *Server) Append(folder, mail string, flags ...imap.Flag) error {
	_, err := s.user.Append(folder, literal{bytes.NewReader([]byte(mail))}, &imap.AppendOptions{Flags: flags})
	return err
}

// literal is a mail on its way into a folder.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return int64(l.Len()) }

// Count is how many mails a folder has; none if there is no such folder.
func (s *Server) Count(folder string) int {
	data, err := s.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0
	}
	return int(*data.NumMessages)
}

// Restart cuts every connection and listens again at the same address.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Close(); err != nil {
		return err
	}
	return s.listen(ctx, s.Address())
}

// Close cuts every connection.
func (s *Server) Close() error {
	err := s.inner.Close()
	<-s.served //nolint:errcheck // it ends because it is closed
	return err
}
