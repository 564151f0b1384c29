package transfer

import "time"

// SetPause says how long an export may be silent, for tests that do not wait.
func (t *Transfer) SetPause(d time.Duration) { t.pause = d }
