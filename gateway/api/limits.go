package api

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"usher/config"
)

// limits are the token buckets: webhooks by source, the API by key, failed keys by address. They are apart, so that a review session cannot starve webhooks.
type limits struct {
	config  config.Limits
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimits(c config.Limits) *limits {
	return &limits{config: c, buckets: map[string]*rate.Limiter{}}
}

// maxBuckets bounds the memory that strangers' addresses take; beyond it all of them begin anew.
const maxBuckets = 10_000

// Failed keys an address may send: a few a minute, after a burst.
const (
	failuresPerSecond = 0.2
	failureBurst      = 20
)

func (l *limits) bucket(name string, perSecond float64, burst int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.buckets[name]; ok {
		return b
	}
	if len(l.buckets) >= maxBuckets {
		l.buckets = map[string]*rate.Limiter{}
	}
	b := rate.NewLimiter(rate.Limit(perSecond), burst)
	l.buckets[name] = b
	return b
}

// take takes a token from a bucket; a rate of 0 is no limit.
func (l *limits) take(name string, perSecond float64, burst int) (*rate.Limiter, bool) {
	if perSecond == 0 {
		return nil, true
	}
	b := l.bucket(name, perSecond, burst)
	return b, b.Allow()
}

func (l *limits) webhook(source string) bool {
	_, ok := l.take("hook:"+source, float64(l.config.IngestPerSecond), l.config.IngestBurst)
	return ok
}

// request takes a token of a key's and tells the client where it stands (RateLimit header fields, draft-ietf-httpapi-ratelimit-headers).
func (l *limits) request(c *fiber.Ctx, key, family string) bool {
	perSecond, burst := l.config.APIPerSecond, l.config.APIBurst
	if family == "ingest" {
		perSecond, burst = l.config.IngestPerSecond, l.config.IngestBurst
	}
	b, ok := l.take(family+":"+key, float64(perSecond), burst)
	if b == nil {
		return true
	}
	left := int(math.Max(0, math.Floor(b.Tokens())))
	c.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", family, burst, max(1, burst/max(1, perSecond))))
	c.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=1", family, left))
	if !ok {
		setRetryAfter(c, time.Second)
	}
	return ok
}

// failure counts a wrong key; false when its address has sent too many.
func (l *limits) failure(address string) bool {
	_, ok := l.take("failed:"+address, failuresPerSecond, failureBurst)
	return ok
}

// tired reports whether an address has sent too many wrong keys to be listened to.
func (l *limits) tired(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets["failed:"+address]
	return ok && b.Tokens() < 1
}
