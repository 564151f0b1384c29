package main

import (
	"io"
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

// newBar is a bar of so many things of a kind, that goes when they are done.
func newBar(w io.Writer, what string, of int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(of, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
}
