package api

import (
	"fmt"
	"math"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"usher/config"
)

// limits are the token buckets: genuine webhooks by source, the API by key, failures by address. They are apart, so that a review session cannot starve webhooks, nor a stranger either.
type limits struct {
	config    config.Limits
	known     *otter.Cache[string, *rate.Limiter] // by source and key
	strangers *otter.Cache[string, *rate.Limiter] // by address
}

// What is remembered at most, and how long after it was last used: a bucket is full again by then.
const (
	maxBuckets = 10_000
	bucketKept = 10 * time.Minute
)

func newLimits(c config.Limits) *limits {
	buckets := func() *otter.Cache[string, *rate.Limiter] {
		return otter.Must(&otter.Options[string, *rate.Limiter]{MaximumSize: maxBuckets, ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](bucketKept)})
	}
	return &limits{config: c, known: buckets(), strangers: buckets()}
}

// failure is a kind of failure that an address may cause now and then.
type failure struct {
	name      string
	perSecond rate.Limit
	burst     int
}

// The failures: keys that are not found, and webhooks that are not genuine. The latter come in numbers from a real provider too, when our secret or public URL is wrong.
var (
	wrongKey    = failure{"key", 0.2, 20}
	forgedHooks = failure{"hook", 5, 50}
)

// take takes a token from a bucket, which it makes if there is none.
func take(buckets *otter.Cache[string, *rate.Limiter], name string, perSecond rate.Limit, burst int) (*rate.Limiter, bool) {
	b, _ := buckets.ComputeIfAbsent(name, func() (*rate.Limiter, bool) { return rate.NewLimiter(perSecond, burst), false })
	return b, b.Allow()
}

// webhook takes a token of a source's; a rate of 0 is no limit.
func (l *limits) webhook(source string) bool {
	if l.config.IngestPerSecond == 0 {
		return true
	}
	_, ok := take(l.known, "hook:"+source, rate.Limit(l.config.IngestPerSecond), l.config.IngestBurst)
	return ok
}

// request takes a token of a key's and tells the client where it stands (RateLimit header fields, draft-ietf-httpapi-ratelimit-headers).
func (l *limits) request(c *fiber.Ctx, key, family string) bool {
	perSecond, burst := l.config.APIPerSecond, l.config.APIBurst
	if family == "ingest" {
		perSecond, burst = l.config.IngestPerSecond, l.config.IngestBurst
	}
	if perSecond == 0 {
		return true
	}
	b, ok := take(l.known, family+":"+key, rate.Limit(perSecond), burst)
	left := int(math.Max(0, math.Floor(b.Tokens())))
	c.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", family, burst, max(1, burst/max(1, perSecond))))
	c.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=1", family, left))
	if !ok {
		setRetryAfter(c, time.Second)
	}
	return ok
}

// failed counts a failure of a client's; false when it has caused too many of its kind. It is asked after the failure, so that nobody is locked out by what others send from the same address.
func (l *limits) failed(f failure, client string) bool {
	_, ok := take(l.strangers, f.name+":"+client, f.perSecond, f.burst)
	return ok
}
