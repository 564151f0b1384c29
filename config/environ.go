package config

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

const prefix = "USHER_"

// Kubernetes puts these into every container beside a service called usher or
// usher-anything; strictness about them would keep us from starting there.
var (
	serviceLink = regexp.MustCompile(`^USHER_([A-Z0-9]+_)*(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9]+)*|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	servicePort = regexp.MustCompile(`^USHER_([A-Z0-9]+_)*PORT=(tcp|udp|sctp)://`)
)

// variables is the environment: all of it for {env: NAME}, and those that may
// be settings.
type variables struct {
	all      map[string]string
	settings map[string]string
}

func newVariables(environ []string) variables {
	vars := variables{all: map[string]string{}, settings: map[string]string{}}
	for _, pair := range environ {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			continue
		}
		vars.all[name] = value
		if isSetting(name, value) {
			vars.settings[name] = value
		}
	}
	return vars
}

func isSetting(name, value string) bool {
	return strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, prefix+"TEST_") &&
		!serviceLink.MatchString(name) && !servicePort.MatchString(name+"="+value)
}

// apply sets what the variables say over what the file said. An empty variable
// counts as not set: compose files pass "${X:-}".
func (v variables) apply(d *decoder, config *Config, root ast.Node) {
	named := referenced(root)
	for _, name := range slices.Sorted(maps.Keys(v.settings)) {
		if v.settings[name] == "" || named[name] {
			continue
		}
		d.variable(reflect.ValueOf(config).Elem(), name, v.settings[name])
	}
}

// variable sets the one setting a variable names: USHER_LISTEN__PUBLIC_URL is
// listen.public_url.
func (d *decoder) variable(root reflect.Value, name, value string) {
	path := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "__", "."))
	fail := func(text string) {
		d.problems = append(d.problems, problem{where: name, text: text})
	}
	dst, found := lookup(root, path)
	if !found {
		if twin, isTwin := strings.CutSuffix(path, "_file"); isTwin {
			d.variableFile(root, name, twin, value)
			return
		}
		fail("unknown variable (USHER_SECTION__KEY, two underscores between levels)")
		return
	}
	d.origin[path] = name
	if into, ok := dst.Addr().Interface().(*URI); ok {
		*into = NewURI(value)
		return
	}
	if list, ok := dst.Addr().Interface().(*[]string); ok {
		*list = commaList(value)
		return
	}
	if dst.Kind() == reflect.Struct || dst.Kind() == reflect.Slice {
		fail("can only be set in the file")
		return
	}
	if err := setText(dst, value); err != nil {
		fail(err.Error())
	}
}

// variableFile sets a secret setting from the file that its twin names:
// USHER_STORE__URI_FILE.
func (d *decoder) variableFile(root reflect.Value, name, path, file string) {
	fail := func(text string) {
		d.problems = append(d.problems, problem{where: name, text: text})
	}
	dst, found := lookup(root, path)
	if !found {
		fail("unknown variable (USHER_SECTION__KEY, two underscores between levels)")
		return
	}
	into, ok := dst.Addr().Interface().(*URI)
	if !ok {
		fail("unknown variable (only a secret setting can be read from a file)")
		return
	}
	value, err := readSecret(".", file)
	if err != nil {
		fail("reading the secret file: " + err.Error())
		return
	}
	d.origin[path] = name
	*into = URI{secret: NewSecret(value)}
}

// lookup finds a field by its path of keys.
func lookup(v reflect.Value, path string) (reflect.Value, bool) {
	for _, key := range strings.Split(path, ".") {
		if v.Kind() != reflect.Struct {
			return v, false
		}
		i, found := fieldsOf(v.Type()).index[key]
		if !found {
			return v, false
		}
		v = v.Field(i)
	}
	return v, true
}

func commaList(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// referenced gives the variables that the file names as {env: NAME}: those may
// begin with USHER_ without being settings.
func referenced(root ast.Node) map[string]bool {
	names := references{}
	if root != nil {
		ast.Walk(names, root)
	}
	return names
}

type references map[string]bool

// Visit collects the values of the keys called env.
func (r references) Visit(n ast.Node) ast.Visitor {
	if pair, ok := n.(*ast.MappingValueNode); ok && keyText(pair) == "env" {
		if name, ok := textOf(pair.Value); ok {
			r[name] = true
		}
	}
	return r
}
