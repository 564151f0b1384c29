package organizations

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Every instant lies in the day, week or month that it is counted in: not before it begins, and before the next begins. Zones that skip midnight, or show it twice, are among those drawn.
func TestEveryInstantLiesInItsPeriod(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Asuncion"}
	next := map[Step]func(time.Time) time.Time{
		Day: func(d time.Time) time.Time { return d.AddDate(0, 0, 1) }, Week: func(d time.Time) time.Time { return d.AddDate(0, 0, 7) }, Month: func(d time.Time) time.Time { return d.AddDate(0, 1, 0) },
	}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0)
		if rapid.Bool().Draw(t, "at a change") { // of the clocks, or next to it
			if _, end := at.In(loc).ZoneBounds(); !end.IsZero() {
				at = end.Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "seconds")) * time.Second)
			}
		}
		for step, after := range next {
			date := step.date(at, loc)
			first, err := time.Parse(time.DateOnly, date)
			require.NoError(t, err)
			begins, ends := startOf(date, loc), startOf(after(first).Format(time.DateOnly), loc)
			require.False(t, at.Before(begins), "%s in %s begins at %s", date, loc, begins)
			require.True(t, at.Before(ends), "%s in %s ends at %s", date, loc, ends)
			if step == Week {
				require.Equal(t, time.Monday, first.Weekday())
			}
		}
	})
}
