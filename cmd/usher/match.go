package main

import (
	"context"
	"fmt"
)

// matchCommand measures and trains the matcher, on files and on what is stored.
type matchCommand struct {
	Eval      matchEval      `cmd:"" help:"Score the pairs of a table, or of two, and measure them where the truth is known."`
	Explain   matchExplain   `cmd:"" help:"Tell how the score of one pair of a table comes about: each field's level, values and bits."`
	Train     matchTrain     `cmd:"" help:"Learn a model without labels, from the profiles of the store or from a table."`
	Replay    matchReplay    `cmd:"" help:"Put a file of contacts through the whole gateway, and measure who was attached to whom and what was flagged."`
	Rematch   matchRematch   `cmd:"" help:"Hold all profiles of the store against each other again, after matching.model or a new version brought another model. It can be stopped and goes on where it was."`
	Calibrate matchCalibrate `cmd:"" help:"Learn from decisions how likely a score really is: from those about the store's flags, or from a file about a table."`
}

// during tells what a command failed at. Of one that was told to stop it tells no more than that.
func during(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: stopped", doing)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
