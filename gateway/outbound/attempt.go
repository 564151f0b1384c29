package outbound

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"usher/gateway/events"
	"usher/gateway/store"
)

// Why an attempt did not succeed.
const (
	answered    = "status" // otherwise than with 2xx
	timeout     = "timeout"
	forbidden   = "forbidden_address" // what the name leads to is not public
	unreachable = "unreachable"
)

// attempt is what became of sending an event once.
type attempt struct {
	made   bool          // not one that we broke off, which says nothing of the endpoint
	status int           // 0: there was no answer
	reason string        // empty: it was taken
	after  time.Duration // how long the endpoint asks to be left alone
}

func (a attempt) taken() bool { return a.made && a.reason == "" }

// Bounds of what an endpoint answers.
const (
	maxAnswer  = 64 << 10
	answerTime = time.Second // for what comes behind its head
	maxAfter   = time.Hour
)

// post sends an event once. The body is a CloudEvent in structured mode, the headers those of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md); every secret that is still good signs.
func (o *Outbound) post(ctx context.Context, e store.Endpoint, event store.Event) (attempt, error) {
	body, err := json.Marshal(events.Told(event))
	if err != nil {
		return attempt{}, fmt.Errorf("writing event: %w", err)
	}
	asking, done := context.WithCancel(ctx)
	defer done()
	r, err := http.NewRequestWithContext(asking, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return attempt{}, fmt.Errorf("making request: %w", err)
	}
	now := time.Now()
	signature, err := sign(e.Secrets, event.ID, now, body)
	if err != nil {
		return attempt{}, err
	}
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	r.Header.Set("User-Agent", "usher/"+o.options.Version)
	r.Header.Set(standardwebhooks.HeaderWebhookID, event.ID)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	a := o.do(r, now, done)
	a.made = a.status != 0 || ctx.Err() == nil
	if a.made {
		o.metrics.Sent(cmp.Or(a.reason, "taken"))
	}
	return a, nil
}

// do makes a request, and reads of the answer what there is to know. Whoever drips the rest of it is cut off.
func (o *Outbound) do(r *http.Request, now time.Time, cut func()) attempt {
	answer, err := o.client.Do(r)
	if err != nil {
		return attempt{reason: reasonOf(err)} // which is its whole story: the error names the address
	}
	defer func() { _ = answer.Body.Close() }()
	defer time.AfterFunc(answerTime, cut).Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection is used again; what it says is nothing to us
	a := attempt{status: answer.StatusCode, after: retryAfter(answer.Header, now)}
	switch {
	case a.status == http.StatusGone:
		a.reason = Gone
	case a.status < 200 || a.status > 299:
		a.reason = answered
	}
	return a
}

func sign(secrets []store.SigningSecret, id string, now time.Time, body []byte) (string, error) {
	var signatures []string
	for _, s := range secrets {
		if !s.Until.IsZero() && s.Until.Before(now) {
			continue
		}
		w, err := standardwebhooks.NewWebhook(s.Secret)
		if err != nil {
			return "", fmt.Errorf("reading signing secret: %w", err)
		}
		signature, err := w.Sign(id, now, body)
		if err != nil {
			return "", fmt.Errorf("signing event: %w", err)
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}

func reasonOf(err error) string {
	switch {
	case isWall(err):
		return forbidden
	case isTimeout(err):
		return timeout
	}
	return unreachable
}

// retryAfter is how long an endpoint asks to be left alone (RFC 9110 section 10.2.3), at most an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return min(max(0, time.Duration(min(seconds, 1<<20))*time.Second), maxAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), maxAfter)
	}
	return 0
}

// pause is how long after an attempt comes the next: 5 s, four times as long each time up to a quarter of an hour, a quarter more or less, so that what failed together does not come back together.
func pause(attempts int, asked time.Duration) time.Duration {
	d := min(5*time.Second<<(2*min(attempts-1, 10)), 15*time.Minute)
	return max(d*3/4+rand.N(d/2), asked)
}
