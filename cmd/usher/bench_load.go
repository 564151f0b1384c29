package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// post is one signed webhook, made before the clock runs.
type post struct {
	body      []byte
	signature string
}

// smsPosts makes signed text messages, numbered from first; from says who writes the nth.
func smsPosts(hook string, first, count int, from func(n int) string) []post {
	posts := make([]post, count)
	for i := range posts {
		n := first + i
		sender := from(n)
		form := url.Values{
			"AccountSid": {benchAccount}, "MessageSid": {messageSID(n)}, "From": {"whatsapp:" + sender}, "ProfileName": {senderName(sender)}, "To": {"+14155550100"},
			"Body": {"Hello, my order has not come yet. Could you look into it?"}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
			"FromCity": {"SAN FRANCISCO"}, "FromState": {"CA"}, "FromCountry": {"US"},
		}
		posts[i] = post{body: []byte(form.Encode()), signature: twilioSignature(benchSecret, hook, form)}
	}
	return posts
}

// syllables make names that are as rare as people's.
var syllables = []string{"ka", "lo", "mi", "ra", "te", "su", "vo", "ni", "da", "be", "ru", "sha", "pe", "go", "li", "ma", "ze", "fi", "han", "tor"}

// senderName is the name of the sender of a number: one of 400 given and of 8,000 family names.
func senderName(number string) string {
	sum := sha256.Sum256([]byte(number))
	syllable := func(i int) string { return syllables[int(sum[i])%len(syllables)] }
	return "A" + syllable(0) + syllable(1) + " B" + syllable(2) + syllable(3) + syllable(4)
}

// run32 tells the messages of this run from those of an earlier one in the same store.
var run32 = uint32(time.Now().Unix())

// messageSID is the nth message's: as random as Twilio's, since sequential keys would fill an index faster than any provider's do.
func messageSID(n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", run32, n))
	return fmt.Sprintf("SM%x", sum[:16])
}

// twilioSignature signs a form as Twilio does. https://www.twilio.com/docs/usage/security
func twilioSignature(secret, address string, form url.Values) string {
	var text strings.Builder
	text.WriteString(address)
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text.WriteString(name + form.Get(name))
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(text.String()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// connections is how many requests are in flight.
const connections = 32

// load posts everything over the connections and returns how long each took. A rate above 0 paces them to that many a second together.
func load(address, path string, posts []post, rate float64) ([]time.Duration, error) {
	client := &fasthttp.HostClient{Addr: address, MaxConns: connections, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	took := make([]time.Duration, len(posts))
	var next atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var workers sync.WaitGroup
	for range connections {
		workers.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(posts) {
					return
				}
				due := time.Now()
				if rate > 0 { // a late answer counts from when its request was due
					due = began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(due))
				}
				if err := send(client, address, path, posts[i]); err != nil {
					failed.Store(&err)
					return
				}
				took[i] = time.Since(due)
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return took, nil
}

func send(client *fasthttp.HostClient, address, path string, p post) error {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI("http://" + address + path)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", p.signature)
	request.SetBodyRaw(p.body)
	if err := client.Do(request, response); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	if response.StatusCode()/100 != 2 {
		return fmt.Errorf("posting: answered %d", response.StatusCode())
	}
	return nil
}
