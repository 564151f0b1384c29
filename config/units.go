package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var (
	errSize     = errors.New("expected a size such as 1MiB, 512KiB or a number of bytes")
	errDuration = errors.New("expected a duration such as 30s, 10m, 12h or 30d")
)

// Size is a number of bytes, written as a number or with KiB, MiB, GiB (powers
// of 1024) or KB, MB, GB (powers of 1000).
type Size int64

// In this order: the units that end others come last.
var sizeUnits = []struct {
	suffix string
	bytes  int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1},
}

// ParseSize reads a size. Its errors do not repeat the text.
func ParseSize(text string) (Size, error) {
	unit := int64(1)
	for _, u := range sizeUnits {
		if number, found := strings.CutSuffix(text, u.suffix); found {
			text, unit = strings.TrimSpace(number), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, errSize
	}
	return Size(n * unit), nil
}

// String writes the size with the largest power of 1024 that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits[:3] {
		if s > 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.suffix)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText writes what ParseSize reads.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSize.
func (s *Size) UnmarshalText(text []byte) error {
	parsed, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// ParseDuration is time.ParseDuration with days: 30d, 1d12h. Its errors do not
// repeat the text.
func ParseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "", text
	}
	var total time.Duration
	if days != "" {
		n, err := strconv.ParseUint(days, 10, 16) // at most 65,535 days: no overflow
		if err != nil {
			return 0, errDuration
		}
		total = time.Duration(n) * day
	}
	if rest == "" && days != "" {
		return total, nil
	}
	part, err := time.ParseDuration(rest)
	if err != nil || part > math.MaxInt64-total {
		return 0, errDuration
	}
	return total + part, nil
}

// FormatDuration writes what ParseDuration reads, without the zero parts that
// time.Duration prints.
func FormatDuration(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
