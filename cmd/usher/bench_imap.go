package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// benchIMAP measures how fast mails come from an IMAP server into the inbox, durably.
type benchIMAP struct {
	benchStore `embed:""`
	Server     string `help:"A server on this machine, without TLS; folders are made in the user's mailbox and deleted again. Default: one in memory, in this process." placeholder:"imap://USER:PASSWORD@HOST:PORT"`
	Mails      int    `default:"10000" help:"Mails in the folder."`
	Size       int    `default:"4096" help:"Bytes of each."`
	Large      int    `default:"25" help:"Megabytes of the one large mail."`
}

// mailRun is one reading of a folder from its beginning, as the child process is told.
type mailRun struct {
	Address, User, Password, Folder string
	Mails                           int    // so many are there
	Store                           string // URI; empty: a fresh SQLite file
	Source                          string
	Bare                            bool
}

// mailResult is what the child process measured.
type mailResult struct {
	Seconds float64
	Before  int64  // bytes of memory when the store was open and nothing was read
	Peak    int64  // at most, as all is
	Measure string // what Peak is
}

// Run fills a folder, then reads it in rounds of both sides in turn, each in a process of its own: the peak of memory is that of the reading alone.
func (b benchIMAP) Run(ctx context.Context, c console) (err error) {
	box, err := b.mailbox()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.remove()) }()
	if err := box.fill(ctx, c.err, box.folder, b.Mails, b.Size); err != nil {
		return err
	}
	if err := box.fill(ctx, c.err, box.largeFolder(), 1, b.Large<<20); err != nil {
		return err
	}
	var ours, theirs []float64
	var most mailResult
	for round := range b.Rounds {
		for _, side := range []struct {
			bare  bool
			rates *[]float64
		}{{false, &ours}, {true, &theirs}} {
			result, err := b.read(ctx, c, box, mailRun{Folder: box.folder, Mails: b.Mails, Bare: side.bare, Source: fmt.Sprintf("bench-%d-%d-%t", run32, round, side.bare)})
			if err != nil {
				return err
			}
			*side.rates = append(*side.rates, float64(b.Mails)/result.Seconds)
			if !side.bare && result.Peak > most.Peak {
				most = result
			}
		}
	}
	report(c.out, "mails/s", ours, theirs)
	large, err := b.read(ctx, c, box, mailRun{Folder: box.largeFolder(), Mails: 1, Source: fmt.Sprintf("bench-%d-large", run32)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "peak memory of usher's process (%s): %.1f MiB before, %.1f MiB with %d mails of %d bytes, %.1f MiB with one of %d MiB, which took %.2f s\n",
		most.Measure, mib(large.Before), mib(most.Peak), b.Mails, b.Size, mib(large.Peak), b.Large, large.Seconds)
	return err
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// read runs one reading in a process of its own.
func (b benchIMAP) read(ctx context.Context, c console, box mailbox, r mailRun) (result mailResult, err error) {
	r.Address, r.User, r.Password, r.Store = box.address, box.user, box.password, b.Store
	order, err := json.Marshal(r) //nolint:gosec // the password goes to the child process, not into its arguments
	if err != nil {
		return result, fmt.Errorf("reading mails: %w", err)
	}
	binary, err := os.Executable()
	if err != nil {
		return result, fmt.Errorf("finding usher: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, binary, "bench", "imap-read") //nolint:gosec // it is this program itself
	child.Env, child.Stdin, child.Stderr = c.environ, bytes.NewReader(order), c.err
	out, err := child.Output()
	if err != nil {
		return result, fmt.Errorf("reading mails: %w", err)
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return result, fmt.Errorf("reading mails: %w", err)
	}
	return result, nil
}

// mailbox is the server given, or one in memory.
func (b benchIMAP) mailbox() (mailbox, error) {
	if b.Server == "" {
		return startMemory()
	}
	server, err := url.Parse(b.Server)
	if err != nil || server.Scheme != "imap" || server.User == nil {
		return mailbox{}, errors.New("--server: want imap://USER:PASSWORD@HOST:PORT")
	}
	address := server.Host
	if !strings.Contains(address, ":") {
		address = net.JoinHostPort(address, "143")
	}
	password, _ := server.User.Password()
	return mailbox{address: address, user: server.User.Username(), password: password, folder: fmt.Sprintf("usher-bench-%d", run32), close: func() error { return nil }}, nil
}
