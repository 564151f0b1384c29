package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// How the baseline reads: so many mails a FETCH, so many FETCHes ahead.
const (
	bareBatch = 200
	bareAhead = 4
)

// bare reads by a client of its own over the bare socket, and writes the same rows: one delivery a mail, its body within.
func (r mailRun) bare(ctx context.Context, db *store.DB) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()
	b := &bareClient{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), ctx: ctx, db: db, source: r.Source}
	b.writers.SetLimit(connections)
	if err := b.fetchAll(r); err != nil {
		return errors.Join(err, b.writers.Wait())
	}
	if err := b.writers.Wait(); err != nil {
		return err
	}
	if b.read != r.Mails {
		return fmt.Errorf("the bare client read %d of %d mails", b.read, r.Mails)
	}
	return nil
}

// bareClient knows as much of IMAP as it needs.
type bareClient struct {
	conn    net.Conn
	in      *bufio.Reader
	ctx     context.Context // it lives as long as one reading
	db      *store.DB
	source  string
	writers errgroup.Group
	read    int
}

func (b *bareClient) fetchAll(r mailRun) error {
	if _, err := b.in.ReadSlice('\n'); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	for _, command := range []string{fmt.Sprintf("LOGIN %q %q", r.User, r.Password), fmt.Sprintf("EXAMINE %q", r.Folder)} {
		if err := b.send("s", command); err != nil {
			return err
		}
		if err := b.until("s"); err != nil {
			return err
		}
	}
	batches := (r.Mails + bareBatch - 1) / bareBatch
	for n := range batches + bareAhead {
		if n < batches {
			if err := b.send(fmt.Sprintf("f%d", n), fmt.Sprintf("UID FETCH %d:%d BODY.PEEK[]", n*bareBatch+1, min((n+1)*bareBatch, r.Mails))); err != nil {
				return err
			}
		}
		if done := n - bareAhead; done >= 0 && done < batches {
			if err := b.until(fmt.Sprintf("f%d", done)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bareClient) send(tag, command string) error {
	_, err := io.WriteString(b.conn, tag+" "+command+"\r\n")
	return err
}

// until reads answers, and writes the mails among them, until a command has ended.
func (b *bareClient) until(tag string) error {
	for {
		line, err := b.in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("reading answer: %w", err)
		}
		if rest, ok := bytes.CutPrefix(line, []byte(tag+" ")); ok {
			if !bytes.HasPrefix(rest, []byte("OK")) {
				return errors.New("the server refused")
			}
			return nil
		}
		open := bytes.LastIndexByte(line, '{')
		if open < 0 || !bytes.HasSuffix(line, []byte("}\r\n")) {
			continue
		}
		size, err := strconv.Atoi(string(line[open+1 : len(line)-3]))
		if err != nil {
			return errors.New("the server sent no literal")
		}
		number := strings.Fields(string(line))[1]
		body := make([]byte, size)
		if _, err := io.ReadFull(b.in, body); err != nil {
			return fmt.Errorf("reading mail: %w", err)
		}
		b.read++
		b.writers.Go(func() error { return b.write(number, body) })
	}
}

// sameLength stands for a digest.
var sameLength = strings.Repeat("0", 64)

func (b *bareClient) write(number string, body []byte) error {
	now := contact.Instant(time.Now())
	d := contact.Delivery{
		Key: "bare:1:" + number, Source: b.source, Adapter: "email", ReceivedAt: now, ContentType: "message/rfc822", Header: []contact.Pair{{Name: "Usher-Folder", Value: "bench"}},
		Queue: b.source, Due: now, Outcome: contact.Accepted, Body: body, Size: int64(len(body)), SHA256: sameLength,
	}
	d.ID = b.db.Salt.ID(contact.DeliveryPrefix, d.Source, d.Key)
	return b.db.Deliveries.Insert(b.ctx, d)
}
