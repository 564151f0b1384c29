// Package browser drives a real Chromium for tests of what people see.
package browser

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience bounds one test's use of the browser.
const patience = time.Minute

// Page is one tab, and what the browser complained of in it.
type Page struct {
	t          testing.TB
	ctx        context.Context // a tab lives as long as its context, which is chromedp's design
	mutex      sync.Mutex
	complaints []string
}

// Open starts a browser with an empty page; the test is skipped where there is none.
func Open(t testing.TB) *Page {
	t.Helper()
	path, err := find()
	if err != nil {
		t.Skip("no Chromium: install chromium to test the pages")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 900)) //nolint:gocritic // a copy: the defaults are an array
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() { closeTab(); stop(); cancel() })
	p := &Page{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, p.listen)
	p.Do(log.Enable(), runtime.Enable())
	return p
}

func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// listen keeps what the console of the browser calls an error: a refused script or style among them.
func (p *Page) listen(event any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			p.complaints = append(p.complaints, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.complaints = append(p.complaints, e.ExceptionDetails.Error())
	}
}

// Do runs actions in the tab.
func (p *Page) Do(actions ...chromedp.Action) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Run(p.ctx, actions...))
}

// Complaints are the errors the browser reported so far.
func (p *Page) Complaints() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string{}, p.complaints...)
}
