package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// runCommand makes the test binary run as usher itself, so that a test can start and kill the whole program.
const runCommand = "RUN_COMMAND=usher"

func TestMain(m *testing.M) {
	if os.Getenv("RUN_COMMAND") == "usher" {
		main()
	}
	os.Exit(m.Run())
}

// usher runs a command in this process.
func usher(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = run(ctx, args, console{out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

// child is usher as a process of its own.
type child struct {
	*exec.Cmd
	address  string
	greeting string        // all that it says on standard output; complete when silent is closed
	silent   chan struct{} // closed when the process has closed its output
}

// serve starts the program and waits until it says where it listens.
func serve(t *testing.T, args ...string) *child {
	t.Helper()
	return serveBy(t, os.Args[0], args...)
}

// built builds the program as it is delivered: without the race detector, which makes it many times slower.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "usher")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// serveBy starts a binary of the program.
func serveBy(t *testing.T, binary string, args ...string) *child {
	t.Helper()
	return start(t, exec.Command(binary, append([]string{"serve"}, args...)...))
}

// start starts a serve command and waits until it says where it listens.
func start(t *testing.T, command *exec.Cmd) *child {
	t.Helper()
	c := &child{silent: make(chan struct{}), Cmd: command}
	c.Env = append(c.Env, runCommand, "HOME="+t.TempDir())
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() }) // it has ended already where the test went well
	c.read(t, out)
	return c
}

// read takes the greeting, which ends with the sources or, on the first start, with the key.
func (c *child) read(t *testing.T, out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		c.greeting += lines.Text() + "\n"
		if _, address, ok := strings.Cut(lines.Text(), "address    "); ok {
			c.address = address
			break
		}
	}
	require.NotEmpty(t, c.address, "usher did not say where it listens")
	go func() {
		defer close(c.silent)
		for lines.Scan() {
			c.greeting += lines.Text() + "\n"
		}
	}()
}

// stop ends it as an operator does, and waits for what it says until then.
func (c *child) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, c.Process.Signal(os.Interrupt))
	<-c.silent
	require.NoError(t, c.Wait())
}

// kill ends it as a power cut does.
func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.Process.Kill())
	<-c.silent
	require.Error(t, c.Wait())
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usher.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
