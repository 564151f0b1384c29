package api_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"usher/gateway/gatewaytest"
	"usher/gateway/gatewaytest/browser"
)

// The reference is drawn from the served document by an embedded script, under a policy that lets nothing else load.
func TestTheReferenceShowsTheAPIInABrowser(t *testing.T) {
	t.Parallel()
	page := browser.Open(t)
	g := gatewaytest.Start(t, gatewaytest.SQLite(t), "US")
	var text, start string
	page.Do(
		chromedp.Navigate(g.Address()+"/docs"),
		chromedp.Poll(`document.body.innerText.includes("/v1/audit")`, nil),
		chromedp.Evaluate(`document.body.innerText`, &text),
	)
	require.Contains(t, text, "List audit")
	var wide bool // a rule of our own start page once made its text one letter wide
	page.Do(chromedp.Evaluate(`document.querySelector(".introduction-description, .markdown").clientWidth > 200`, &wide))
	require.True(t, wide)
	page.Do(chromedp.Navigate(g.Address()+"/"), chromedp.Evaluate(`document.body.innerText`, &start))
	require.Contains(t, start, "Usher")
	require.Empty(t, page.Complaints())
}
