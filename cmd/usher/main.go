// Usher takes in what customers write and say on every channel, and keeps one history a person.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are what usher can be told to do.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the gateway: take in webhooks, serve the agents' API."`
	Demo    demoCommand    `cmd:"" help:"Run the gateway on a throw-away store, post signed webhooks to it, and show what became of them."`
	Doctor  doctorCommand  `cmd:"" help:"Check the configuration, the store and a running gateway."`
	Import  importCommand  `cmd:"" help:"Import people from a file: CSV, NDJSON, JSON, vCard."`
	Export  exportCommand  `cmd:"" help:"Export everything, or one person."`
	Key     keyCommand     `cmd:"" help:"Create, list and revoke API keys."`
	Match   matchCommand   `cmd:"" help:"Measure, train and explain the matching, on files and on the store."`
	Bench   benchCommand   `cmd:"" help:"Measure this machine: print ratios against a bare baseline of the same run."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// console is where a command reads the environment from and writes to.
type console struct {
	out     io.Writer
	err     io.Writer
	environ []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], console{out: os.Stdout, err: os.Stderr, environ: os.Environ()}))
}

// run is the whole program as a value that tests can call: 0 is success, 1 a failure that was printed, 2 a wrong use.
func run(ctx context.Context, args []string, c console) int {
	var all commands
	exited := -1
	if len(args) > 0 && args[0] == "help" { // as most programs have it: usher help import is usher import --help
		args = append(slices.Clone(args[1:]), "--help")
	}
	parser, err := kong.New(&all, kong.Name("usher"), kong.UsageOnError(), kong.Writers(c.out, c.err), kong.Exit(func(code int) { exited = code }),
		kong.Description("Usher takes in mail, calls and messages, and keeps one history a customer."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
	if err != nil {
		_, _ = fmt.Fprintln(c.err, "usher:", err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if exited >= 0 { // help was asked for
		return exited
	}
	if err != nil {
		parser.FatalIfErrorf(err)
		return 2
	}
	if err := chosen.Run(); err != nil {
		wipe(c.err)
		_, _ = fmt.Fprintln(c.err, "usher:", err)
		return 1
	}
	return 0
}
