package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invopop/jsonschema"
	"github.com/stretchr/testify/require"

	"usher/config"
)

const (
	here = "usher/cmd/configref"
	root = "../.."
)

func TestReferenceAndSchemaFollowTheComments(t *testing.T) {
	t.Parallel()
	files, err := generate(here, root)
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, "config", name))
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "config/%s is not what the comments say: run go generate ./config", name)
	}
}

func TestEverySettingHasAComment(t *testing.T) {
	t.Parallel()
	schema, err := newSchema(here, root, sections)
	require.NoError(t, err)
	settings := rows(schema, "")
	require.Greater(t, len(settings), 30)
	for _, setting := range settings {
		require.NotEmpty(t, setting.meaning, setting.key)
	}
}

// Every variable that the page promises must be one that Load takes.
func TestEveryDocumentedVariableIsKnown(t *testing.T) {
	t.Parallel()
	schema, err := newSchema(here, root, sections)
	require.NoError(t, err)
	for pair := schema.Properties.Oldest(); pair != nil; pair = pair.Next() {
		if pair.Key == "sources" {
			continue
		}
		for _, setting := range rows(pair.Value, "") {
			name := strings.Trim(variable(pair.Key, setting), "`")
			if name == "" {
				continue
			}
			_, err := config.Load("", []string{name + "=x"})
			if err != nil {
				require.NotContains(t, err.Error(), "unknown variable")
			}
		}
	}
}

// sample stands for an adapter's struct.
type sample struct {
	// What is said.
	Say string `yaml:"say"`
	// How long.
	Wait time.Duration `yaml:"wait"`
	// The key.
	Key config.Secret `yaml:"key"`
	// What follows.
	Then struct {
		// Whether it is.
		On bool `yaml:"on"`
	} `yaml:"then"`
}

func TestSectionsAreDescribedUnderTheirAdaptersName(t *testing.T) {
	t.Parallel()
	given := []section{{Name: "sample", Value: sample{Say: "hello", Wait: time.Minute}}}
	schema, err := newSchema(here, root, given)
	require.NoError(t, err)
	part := property(property(schema, "sources").Items, "sample")
	require.Equal(t, "hello", property(part, "say").Default)
	require.Equal(t, "1m", property(part, "wait").Default)
	require.Equal(t, jsonschema.FalseSchema, part.AdditionalProperties)
	page := string(reference(schema, given))
	require.Contains(t, page, "\n## sources[].sample\n")
	require.Contains(t, page, "| `say` | text | `hello` |")
	require.Contains(t, page, "| `then.on` | boolean | `false` |")
	require.Equal(t, 1, strings.Count(page, "`then.on`"))
}
