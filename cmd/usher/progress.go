package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"usher/matching/evaluate"
)

// progressOn draws a bar for each step of long work.
func progressOn(w io.Writer) evaluate.Progress {
	var bar *progressbar.ProgressBar
	drawn := ""
	return func(step string, done, of int) {
		if step != drawn {
			drawn, bar = step, newBar(w, step, int64(of))
		}
		_ = bar.Set(done) // a bar that cannot be drawn is no reason to stop
	}
}

// onTerminal is where a bar goes: nowhere, unless somebody can see it move.
func onTerminal(w io.Writer) io.Writer {
	file, ok := w.(*os.File)
	if !ok {
		return io.Discard
	}
	if found, err := file.Stat(); err != nil || found.Mode()&os.ModeCharDevice == 0 {
		return io.Discard
	}
	return file
}

// wipe takes a bar away that was left where the work ended.
func wipe(w io.Writer) { _, _ = io.WriteString(onTerminal(w), "\r\x1b[K") }

// newBar is a bar of so many things of a kind on a terminal, that goes when they are done.
func newBar(w io.Writer, what string, of int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(of, progressbar.OptionSetWriter(onTerminal(w)), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
