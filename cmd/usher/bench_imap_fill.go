package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"golang.org/x/sync/errgroup"
)

// mailbox is where the benchmark's mails lie.
type mailbox struct {
	address, user, password, folder string
	close                           func() error
}

func (m mailbox) largeFolder() string { return m.folder + "-large" }

// startMemory starts a server in memory, in this process.
func startMemory() (mailbox, error) {
	m := mailbox{user: "bench", password: benchSecret, folder: "bench"}
	memory := imapmemserver.New()
	user := imapmemserver.NewUser(m.user, m.password)
	memory.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIdle: {}, imap.CapMove: {}, imap.CapUIDPlus: {}, imap.CapLiteralPlus: {}},
		InsecureAuth: true,
		Logger:       silentLog{},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a listener of this process
	if err != nil {
		return m, err
	}
	go func() { _ = server.Serve(listener) }() // ended by close
	m.address, m.close = listener.Addr().String(), server.Close
	return m, nil
}

// silentLog drops what the server in memory says of connections that ended.
type silentLog struct{}

func (silentLog) Printf(string, ...any) {}

// fillers is over how many connections a folder is filled.
const fillers = 4

// fill makes a folder with so many mails of a size.
func (m mailbox) fill(ctx context.Context, progress io.Writer, folder string, mails, size int) error {
	if err := m.do(func(c *imapclient.Client) error { return c.Create(folder, nil).Wait() }); err != nil {
		return fmt.Errorf("making folder: %w", err)
	}
	bar := newBar(progress, "mails", int64(mails))
	group, ctx := errgroup.WithContext(ctx)
	for filler := range min(fillers, mails) {
		group.Go(func() error {
			return m.do(func(c *imapclient.Client) error {
				for n := filler; n < mails; n += fillers {
					if err := appendMail(c, folder, benchMail(n, size)); err != nil {
						return err
					}
					if ctx.Err() != nil {
						return ctx.Err()
					}
					_ = bar.Add(1) // a bar that cannot be drawn is no reason to stop
				}
				return nil
			})
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("filling folder: %w", err)
	}
	return nil
}

func appendMail(c *imapclient.Client, folder, text string) error {
	command := c.Append(folder, int64(len(text)), nil)
	if _, err := io.WriteString(command, text); err != nil {
		return err
	}
	if err := command.Close(); err != nil {
		return err
	}
	_, err := command.Wait()
	return err
}

// do signs in for one piece of work.
func (m mailbox) do(work func(*imapclient.Client) error) error {
	c, err := imapclient.DialInsecure(m.address, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(m.user, m.password).Wait(); err != nil {
		return err
	}
	return work(c)
}

// remove deletes the folders.
func (m mailbox) remove() error {
	err := m.do(func(c *imapclient.Client) error {
		return errors.Join(c.Delete(m.folder).Wait(), c.Delete(m.largeFolder()).Wait())
	})
	return errors.Join(err, m.close())
}

// benchMail is the nth mail, of about a size.
func benchMail(n, size int) string {
	head := fmt.Sprintf("From: Customer %d <customer%d@example.com>\r\nTo: support@acme.example\r\nSubject: Order %d\r\nMessage-ID: <%d.%d@example.com>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nWhere is my order %d?\r\n", n%1000, n%1000, n, run32, n, n)
	const line = "All of it is wanted, and none of it twice, and it is wanted soon.\r\n"
	return head + strings.Repeat(line, max(0, size-len(head))/len(line))
}
