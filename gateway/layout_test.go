package gateway_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rule says what the packages below a path may import: nothing of ours but what is listed, and of the fenced libraries only those listed.
type rule struct {
	path string
	ours []string // prefixes of our packages; "" is any
	libs []string // fenced libraries
}

// fenced are the libraries that live in one place each.
var fenced = []string{"github.com/mozillazg/go-unidecode", "github.com/gofiber/fiber", "github.com/danielgtaylor/huma", "go.mongodb.org/mongo-driver", "modernc.org/sqlite", "github.com/twilio/twilio-go", "github.com/emersion/go-imap"}

// rules hold for the longest path that matches. Arrows point inward: contact <- matching <- ingest, people; contact <- adapters <- adapters/<name> <- adapters/all; contact, matching <- store; all <- gateway <- cmd.
var rules = []rule{
	{path: "gateway/contact"},
	{path: "matching/normal", libs: []string{"github.com/mozillazg/go-unidecode"}},
	{path: "matching/mention"},
	{path: "matching/compare", ours: []string{"gateway/contact", "matching/normal"}},
	{path: "matching/weights", ours: []string{"matching/compare"}},
	{path: "matching/block", ours: []string{"matching/compare", "matching/normal"}},
	{path: "matching/explain", ours: []string{"matching/compare", "matching/weights"}},
	{path: "matching/train", ours: []string{"matching/compare", "matching/weights"}},
	{path: "matching/calibrate", ours: []string{"matching/compare", "matching/weights"}},
	{path: "matching/evaluate", ours: []string{"matching/block", "matching/calibrate", "matching/compare", "matching/explain", "matching/normal", "matching/train", "matching/weights"}},
	{path: "matching", ours: []string{"gateway/contact", "matching"}},
	{path: "config"},
	{path: "adapters/verify"},
	{path: "adapters/all", ours: []string{"adapters"}},
	{path: "adapters/adaptertest", ours: []string{"adapters", "config", "gateway/contact"}},
	{path: "adapters/twilio", ours: []string{"adapters", "gateway/contact"}, libs: []string{"github.com/twilio/twilio-go"}},
	{path: "adapters/standard", ours: []string{"adapters", "adapters/verify", "gateway/contact"}},
	{path: "adapters/email/message", ours: []string{"gateway/contact"}},
	{path: "adapters/email/reply", ours: []string{"matching/mention"}},
	{path: "adapters/email/sender", ours: []string{"gateway/contact", "matching/normal"}},
	{path: "adapters/email/event", ours: []string{"adapters", "adapters/email", "gateway/contact", "matching/normal"}},
	{path: "adapters/email", ours: []string{"adapters", "adapters/email", "config", "gateway/contact", "matching/normal"}, libs: []string{"github.com/emersion/go-imap"}},
	{path: "adapters", ours: []string{"gateway/contact"}},
	{path: "gateway/telemetry"},
	{path: "gateway/store/sqlite", ours: []string{"gateway/contact", "gateway/store"}, libs: []string{"modernc.org/sqlite"}},
	{path: "gateway/store/mongo", ours: []string{"gateway/contact", "gateway/store"}, libs: []string{"go.mongodb.org/mongo-driver"}},
	{path: "gateway/store", ours: []string{"gateway/contact", "gateway/store", "matching/normal"}},
	{path: "gateway/inbox", ours: []string{"gateway/contact", "gateway/store", "gateway/telemetry"}},
	{path: "gateway/ingest", ours: []string{"adapters", "gateway/contact", "gateway/events", "gateway/inbox", "gateway/lookup", "gateway/organizations", "gateway/people", "gateway/store", "matching"}},
	{path: "gateway/organizations", ours: []string{"gateway/contact", "gateway/store", "matching/normal"}},
	{path: "gateway/lookup", ours: []string{"gateway/contact", "gateway/events", "gateway/people", "gateway/store", "matching"}},
	{path: "gateway/learning", ours: []string{"gateway/contact", "gateway/lookup", "gateway/people", "gateway/store", "matching"}},
	{path: "gateway/events", ours: []string{"gateway/contact", "gateway/people", "gateway/store"}},
	{path: "gateway/outbound", ours: []string{"gateway/contact", "gateway/events", "gateway/store", "gateway/telemetry"}},
	{path: "gateway/polling", ours: []string{"adapters", "gateway/contact", "gateway/events", "gateway/inbox", "gateway/store"}},
	{path: "gateway/people", ours: []string{"gateway/contact", "gateway/store", "matching"}},
	{path: "gateway/privacy", ours: []string{"gateway/contact", "gateway/events", "gateway/ingest", "gateway/lookup", "gateway/people", "gateway/store", "matching/normal"}},
	{path: "gateway/review", ours: []string{"gateway/contact", "gateway/people", "gateway/store"}},
	{path: "gateway/quarantine", ours: []string{"gateway/contact", "gateway/inbox", "gateway/store"}},
	{path: "gateway/transfer", ours: []string{"gateway/contact", "gateway/ingest", "gateway/organizations", "gateway/people", "gateway/store", "gateway/telemetry", "gateway/transfer", "matching"}},
	{path: "gateway/transfer/rows", ours: []string{"gateway/contact"}},
	{path: "gateway/transfer/mapping", ours: []string{"gateway/contact"}},
	{path: "gateway/claims", ours: []string{"gateway/contact", "gateway/ingest", "gateway/people", "gateway/store"}},
	{path: "gateway/keys", ours: []string{"gateway/contact", "gateway/store"}},
	{path: "gateway/api", ours: []string{"adapters", "config", "gateway/claims", "gateway/contact", "gateway/events", "gateway/inbox", "gateway/ingest", "gateway/keys", "gateway/lookup", "gateway/organizations", "gateway/outbound", "gateway/people", "gateway/quarantine", "gateway/review", "gateway/store", "gateway/telemetry", "gateway/transfer", "matching/normal"}, libs: []string{"github.com/gofiber/fiber", "github.com/danielgtaylor/huma"}},
	{path: "gateway", ours: []string{""}},
	{path: "cmd", ours: []string{""}, libs: []string{"github.com/gofiber/fiber", "github.com/emersion/go-imap"}}, // the benchmarks' bare baseline and server
}

// An adapter that sees the store, or a handler that sees the database driver, is found here and not in a review. Tests may import what they drive.
func TestImportsPointInward(t *testing.T) {
	t.Parallel()
	checked := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		checked++
		pkg := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, ".."+string(filepath.Separator))))
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if !allowed(pkg, imported) || forTests(pkg, imported) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, checked, 80)
}

// forTests reports whether a package that only tests may import is imported by another that is not for tests.
func forTests(pkg, imported string) bool {
	for _, p := range []string{"gateway/store/schedule", "gateway/store/storetest", "gateway/people/protocol", "gateway/gatewaytest", "adapters/adaptertest"} {
		if imported == "usher/"+p && !within(p, pkg) {
			return true
		}
	}
	return false
}

func allowed(pkg, imported string) bool {
	r := ruleOf(pkg)
	if ours, ok := strings.CutPrefix(imported, "usher/"); ok {
		for _, prefix := range r.ours {
			if prefix == "" || ours == prefix || (strings.HasPrefix(ours, prefix+"/") && prefix != "adapters") || within(ours, pkg) {
				return true
			}
		}
		return within(ours, pkg) || (r.path == "adapters/all" && strings.HasPrefix(ours, "adapters/"))
	}
	for _, library := range fenced {
		if strings.HasPrefix(imported, library) {
			return contains(r.libs, library)
		}
	}
	return true
}

// within reports whether a package lies below another.
func within(imported, pkg string) bool { return strings.HasPrefix(imported, pkg+"/") }

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// ruleOf is the rule of the longest path that pkg lies in.
func ruleOf(pkg string) rule {
	best := rule{}
	for _, r := range rules {
		if (pkg == r.path || strings.HasPrefix(pkg, r.path+"/")) && len(r.path) > len(best.path) {
			best = r
		}
	}
	return best
}

// The root holds what was agreed and nothing else.
func TestTheRootIsAsAgreed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	require.NoError(t, err)
	agreed := []string{"adapters", "gateway", "matching", "cmd", "config", "go.mod", "go.sum", "Dockerfile", "README.md"}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			require.Contains(t, agreed, e.Name())
		}
	}
}
