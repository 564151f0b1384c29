package organizations

import "time"

// Step is what figures are counted by.
type Step string

// The steps. A week begins on Monday (ISO 8601).
const (
	Day   Step = "day"
	Week  Step = "week"
	Month Step = "month"
)

// date is the first day of the step that an instant falls in, where the clocks show loc's time.
func (s Step) date(at time.Time, loc *time.Location) string {
	local := at.In(loc)
	switch s {
	case Week:
		local = time.Date(local.Year(), local.Month(), local.Day()-(int(local.Weekday())+6)%7, 12, 0, 0, 0, time.UTC)
	case Month:
		local = time.Date(local.Year(), local.Month(), 1, 12, 0, 0, 0, time.UTC)
	}
	return local.Format(time.DateOnly)
}

// startOf is the instant at which a day begins. Where the clocks skip midnight, that is when they do.
func startOf(date string, loc *time.Location) time.Time {
	day, _ := time.Parse(time.DateOnly, date) // it is one that we wrote
	begins := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, loc)
	if begins.In(loc).Day() != day.Day() { // the hour before the gap
		_, begins = begins.ZoneBounds()
	}
	return begins.UTC()
}
