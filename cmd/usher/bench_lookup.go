package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/lookup"
)

// benchLookup measures how long looking takes as a store grows, one request at a time.
type benchLookup struct {
	Profiles     []int  `default:"10000,100000,1000000" help:"Profiles present, ascending: the store grows from one size to the next."`
	Interactions int    `default:"1000000" help:"Interactions present when timelines are read, at the largest size; 0 leaves them out."`
	Lookups      int    `default:"2000" help:"Requests of each kind and size."`
	File         string `help:"SQLite file to fill and keep, or to go on with. Default: one in a temporary folder."`
}

// Run fills, measures, and fills on.
func (b benchLookup) Run(ctx context.Context, c console) (err error) {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	path := b.File
	if path == "" {
		dir, err := os.MkdirTemp("", "usher-bench-")
		if err != nil {
			return fmt.Errorf("making folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		path = filepath.Join(dir, "usher.db")
	}
	g, remove, err := benchStore{Store: "sqlite://" + path}.open(ctx, address)
	if err != nil {
		return err
	}
	defer remove()
	secret, _, err := keys.Create(ctx, g.DB, keys.Grant{Name: "bench", Scopes: []keys.Scope{keys.Admin}})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- g.API.Serve(ctx, time.Second) }() // no workers: nothing but what is asked
	defer func() { stop(); err = errors.Join(err, <-served) }()
	if err := await(ctx, address); err != nil {
		return err
	}
	fill, err := newFiller(ctx, g.DB)
	if err != nil {
		return err
	}
	asking := &asker{fill: fill, address: "http://" + address, secret: secret, client: &http.Client{Timeout: time.Minute}, times: b.Lookups}
	return b.measure(ctx, c, path, asking)
}

// measure goes through the sizes.
func (b benchLookup) measure(ctx context.Context, c console, path string, a *asker) error {
	t := table.NewWriter()
	t.SetOutputMirror(c.out)
	t.AppendHeader(table.Row{"profiles", "what", "p50 ms", "p95 ms", "p99 ms", "found", "most"})
	for _, size := range b.Profiles {
		began := time.Now()
		if err := a.fill.grow(ctx, size, c.err); err != nil {
			return err
		}
		took := time.Since(began)
		file, err := os.Stat(path)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(c.out, "%d profiles: filled in %s, %d MiB\n", a.fill.filled, took.Round(time.Second/10), file.Size()>>20); err != nil {
			return err
		}
		settle()
		for _, kind := range a.kinds() {
			row, err := a.ask(ctx, kind)
			if err != nil {
				return fmt.Errorf("%s at %d profiles: %w", kind.name, a.fill.filled, err)
			}
			t.AppendRow(append(table.Row{a.fill.filled}, row...))
		}
		t.AppendSeparator()
	}
	if b.Interactions > 0 {
		if err := b.timeline(ctx, c, a, t); err != nil {
			return err
		}
	}
	t.Render()
	return nil
}

// timeline reads pages of a person with a tenth of all interactions.
func (b benchLookup) timeline(ctx context.Context, c console, a *asker, t table.Writer) error {
	began := time.Now()
	busy, err := a.fill.fillTimeline(ctx, b.Interactions, c.err)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.out, "%d interactions: filled in %s\n", b.Interactions, time.Since(began).Round(time.Second/10)); err != nil {
		return err
	}
	settle()
	next := "/v1/profiles/" + busy + "/timeline"
	row, err := a.ask(ctx, kind{fmt.Sprintf("timeline page, %d interactions", b.Interactions), func(ctx context.Context, _ *rand.Rand) (int, error) {
		var page struct {
			Data  []json.RawMessage
			Links struct{ Next string }
		}
		if err := a.call(ctx, http.MethodGet, next, nil, &page); err != nil {
			return 0, err
		}
		if next = page.Links.Next; next == "" {
			next = "/v1/profiles/" + busy + "/timeline"
		}
		return len(page.Data), nil
	}})
	if err == nil {
		t.AppendRow(append(table.Row{a.fill.filled}, row...))
	}
	return err
}

// asker asks a running gateway about people who are there.
type asker struct {
	fill    *filler
	address string
	secret  string
	client  *http.Client
	times   int
}

// kind is one kind of question; it answers how many it found.
type kind struct {
	name string
	ask  func(ctx context.Context, r *rand.Rand) (found int, err error)
}

// kinds are what is measured at each size.
func (a *asker) kinds() []kind {
	look := lookup.New(a.fill.db)
	return []kind{
		{"lookup (keys, candidates, scores)", func(ctx context.Context, r *rand.Rand) (int, error) {
			p, _ := a.changed(r).profile(a.fill.db.Salt, "prf_asked", a.fill.began)
			found, err := look.Look(ctx, p, 0.1, 3)
			return found.Compared, err
		}},
		{"POST /v1/resolve", func(ctx context.Context, r *rand.Rand) (int, error) {
			return a.resolve(ctx, a.changed(r))
		}},
		{"search: 3 letters of a name", func(ctx context.Context, r *rand.Rand) (int, error) {
			word := []rune(a.anybody(r, func(b being) string { return pick(r, strings.Fields(b.name)) }))
			return a.search(ctx, string(word[:min(3, len(word))]))
		}},
		{"search: full name", func(ctx context.Context, r *rand.Rand) (int, error) {
			return a.search(ctx, a.anybody(r, func(b being) string { return b.name }))
		}},
		{"search: frequent given and family name, unfinished", func(ctx context.Context, r *rand.Rand) (int, error) {
			family := []rune(benchFamilies[r.IntN(20)])
			return a.search(ctx, benchGiven[r.IntN(20)]+" "+string(family[:min(4, len(family))]))
		}},
		{"search: number", func(ctx context.Context, r *rand.Rand) (int, error) {
			return a.search(ctx, strings.Replace(a.anybody(r, func(b being) string { return b.phone }), "+49", "0049 ", 1))
		}},
		{"search: address", func(ctx context.Context, r *rand.Rand) (int, error) {
			return a.search(ctx, strings.ToUpper(a.anybody(r, func(b being) string { return b.mail })))
		}},
		{"search: organization", func(ctx context.Context, r *rand.Rand) (int, error) {
			return a.search(ctx, a.anybody(r, func(b being) string { return b.company }))
		}},
	}
}

// anybody is something of somebody who is there and has it.
func (a *asker) anybody(r *rand.Rand, of func(being) string) string {
	for {
		if value := of(beingOf(r.IntN(a.fill.filled))); value != "" {
			return value
		}
	}
}

func (a *asker) search(ctx context.Context, text string) (int, error) {
	var answer struct{ Data []json.RawMessage }
	err := a.call(ctx, http.MethodGet, "/v1/profiles/search?q="+url.QueryEscape(text), nil, &answer)
	return len(answer.Data), err
}

// changed is somebody who is there and writes from elsewhere: with another number or none, at times with a slip in the name, and half of them by the address that is known.
func (a *asker) changed(r *rand.Rand) being {
	n := r.IntN(a.fill.filled)
	b := beingOf(n)
	if r.IntN(2) == 0 {
		b.phone = fmt.Sprintf("+4916%09d", r.IntN(1_000_000_000))
	}
	if r.IntN(2) == 0 && b.phone != "" {
		b.mail = ""
	}
	if r.IntN(4) == 0 {
		at := 1 + r.IntN(len(b.name)-2)
		b.name = strings.ToValidUTF8(b.name[:at]+b.name[at+1:], "")
	}
	return b
}

func (a *asker) resolve(ctx context.Context, b being) (int, error) {
	type point struct {
		Scheme string `json:"scheme"`
		Value  string `json:"value"`
	}
	asked := map[string]any{"name": b.name}
	var points []point
	for scheme, value := range map[contact.Scheme]string{contact.Tel: b.phone, contact.Mailto: b.mail} {
		if value != "" {
			points = append(points, point{string(scheme), value})
		}
	}
	asked["identifiers"] = points
	for field, value := range map[string]string{"city": b.city, "postcode": b.postcode, "organization": b.company} {
		if value != "" {
			asked[field] = value
		}
	}
	var answer struct{ People []json.RawMessage }
	err := a.call(ctx, http.MethodPost, "/v1/resolve", asked, &answer)
	return len(answer.People), err
}

// ask asks questions of one kind one after the other, after some that are not counted.
func (a *asker) ask(ctx context.Context, k kind) (table.Row, error) {
	r := rand.New(rand.NewPCG(1, uint64(a.fill.filled)))
	took := make([]time.Duration, 0, a.times)
	total, most := 0, 0
	for i := -a.times / 10; i < a.times; i++ {
		began := time.Now()
		found, err := k.ask(ctx, r)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			took = append(took, time.Since(began))
			total, most = total+found, max(most, found)
		}
	}
	ms := func(p float64) string { return fmt.Sprintf("%.2f", float64(percentile(took, p).Microseconds())/1000) }
	return table.Row{k.name, ms(.5), ms(.95), ms(.99), fmt.Sprintf("%.1f", float64(total)/float64(len(took))), most}, nil
}

// call sends a request with the benchmark's key and decodes the answer.
func (a *asker) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.address+path, sent)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+a.secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: answered %d", method, path, response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
