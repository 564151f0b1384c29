package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the static image has no zone files
)

var (
	sourceName    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	agentID       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$`)
	referenceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	country       = regexp.MustCompile(`^[A-Z]{2}$`)
	domain        = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	phone         = regexp.MustCompile(`^\+?[0-9]([ ./()-]*[0-9]){2,19}$`)
)

// minRetention is longer than any provider goes on delivering again.
const minRetention = 8 * day

// Validate checks everything that can be checked without dialling. With the
// names of the adapters it also checks that each source has one of them; nil
// leaves that out. The error lists every mistake, one a line, with its path and
// where it was set, and no value.
func (c Config) Validate(adapters []string) error {
	v := &validator{origin: c.origin}
	v.workspace(c.Workspace)
	v.listen(c.Listen)
	v.store(c.Store)
	v.inbox(c.Inbox)
	v.retention(c)
	v.matching(c.Matching)
	v.limits(c.Limits)
	v.outbound(c.Outbound)
	v.log(c.Log)
	v.sources(c.Sources, adapters)
	return join(v.problems)
}

type validator struct {
	origin   map[string]string
	problems []problem
}

// expect reports text for the setting at path unless it is as it should be.
func (v *validator) expect(ok bool, path, text string) {
	if !ok {
		v.problems = append(v.problems, problem{where: v.where(path), path: path, text: text})
	}
}

// where a setting stands; a missing one, where it should.
func (v *validator) where(path string) string {
	for {
		if at, found := v.origin[path]; found {
			return at
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return ""
		}
		path = path[:end]
	}
}

func (v *validator) workspace(w Workspace) {
	// "Local" would mean another zone on each machine.
	_, err := time.LoadLocation(w.Timezone)
	v.expect(err == nil && w.Timezone != "" && w.Timezone != "Local", "workspace.timezone", "unknown time zone (an IANA name such as Europe/Berlin)")
	v.region(w.Region, "workspace.region")
	v.emails(w.Own.Emails, "workspace.own.emails")
	v.numbers(w.Own.Numbers, "workspace.own.numbers")
	for i, name := range w.Own.Domains {
		v.expect(domain.MatchString(strings.ToLower(name)), item("workspace.own.domains", i), "not a domain name")
	}
	v.references(w.References)
	ids := map[string]int{}
	for i, agent := range w.Agents {
		path := item("workspace.agents", i)
		v.expect(agentID.MatchString(agent.ID), path+".id", "expected letters, digits and ._@-, beginning with a letter or digit, at most 128")
		first, taken := ids[agent.ID]
		v.expect(!taken, path+".id", fmt.Sprintf("already the id of workspace.agents[%d]", first))
		ids[agent.ID] = i
		v.emails(agent.Emails, path+".emails")
		v.numbers(agent.Numbers, path+".numbers")
	}
}

// Limits of the patterns, each of which every message is searched for.
const (
	maxReferences = 16
	maxPattern    = 200
)

func (v *validator) references(all []Reference) {
	v.expect(len(all) <= maxReferences, "workspace.references", "expected at most 16 patterns")
	names := map[string]int{}
	for i, r := range all {
		path := item("workspace.references", i)
		v.expect(referenceName.MatchString(r.Name), path+".name", "expected lower-case letters, digits, _ and -, at most 32")
		first, taken := names[r.Name]
		v.expect(!taken, path+".name", fmt.Sprintf("already the name of workspace.references[%d]", first))
		names[r.Name] = i
		expression, err := regexp.Compile(r.Pattern)
		v.expect(r.Pattern != "" && len(r.Pattern) <= maxPattern && err == nil, path+".pattern", "expected a regular expression (RE2) of at most 200 characters")
		v.expect(err != nil || r.Pattern == "" || !expression.MatchString(""), path+".pattern", "it matches nothing at all, and so everywhere")
	}
}

func (v *validator) outbound(o Outbound) {
	for i, network := range o.Networks {
		_, err := netip.ParsePrefix(network)
		v.expect(err == nil, item("outbound.networks", i), "expected a network such as 10.0.0.0/8")
	}
}

func (v *validator) matching(m Matching) {
	v.expect(m.ValueFound > 0 && m.ValueFound <= 1e9, "matching.value_found", "expected more than 0, at most 1000000000")
	v.expect(m.CostReview >= m.ValueFound/100 && m.CostReview < m.ValueFound, "matching.cost_review", "expected at least a hundredth of value_found, and less than it")
	v.expect(m.SampleBelow >= 0 && m.SampleBelow <= 1, "matching.sample_below", "expected 0 to 1")
}

func (v *validator) region(region, path string) {
	v.expect(region == "" || country.MatchString(region), path, "expected a country as two capitals (ISO 3166)")
}

func (v *validator) emails(emails []string, path string) {
	for i, email := range emails {
		at := strings.LastIndex(email, "@")
		ok := at > 0 && domain.MatchString(strings.ToLower(email[at+1:])) && !strings.ContainsAny(email, " \t\r\n<>")
		v.expect(ok, item(path, i), "not a mail address")
	}
}

func (v *validator) numbers(numbers []string, path string) {
	for i, number := range numbers {
		v.expect(phone.MatchString(number), item(path, i), "not a phone number")
	}
}

func (v *validator) listen(l Listen) {
	v.expect(validAddress(l.Address), "listen.address", "expected HOST:PORT, such as 127.0.0.1:8080")
	v.publicURL(l.PublicURL, "listen.public_url")
	for i, proxy := range l.TrustedProxies {
		_, addrErr := netip.ParseAddr(proxy)
		_, prefixErr := netip.ParsePrefix(proxy)
		v.expect(addrErr == nil || prefixErr == nil, item("listen.trusted_proxies", i), "expected an IP address or a network such as 10.0.0.0/8")
	}
	v.expect(l.BodyLimit >= 64<<10 && l.BodyLimit <= 64<<20, "listen.body_limit", "expected 64KiB to 64MiB")
}

func validAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// publicURL refuses what a provider could not have signed or we could not
// append a path to.
func (v *validator) publicURL(text, path string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && !strings.ContainsAny(text, "?#${} ")
	v.expect(ok, path, "expected https://HOST with an optional port and path, without user, query and fragment")
}

func (v *validator) store(s Store) {
	uri := s.URI.Reveal()
	known := slices.ContainsFunc([]string{"sqlite://", "mongodb://", "mongodb+srv://"}, func(scheme string) bool {
		return strings.HasPrefix(uri, scheme) && len(uri) > len(scheme)
	})
	v.expect(uri == "" || known, "store.uri", "expected sqlite://, mongodb:// or mongodb+srv:// and where it is")
}

func (v *validator) inbox(i Inbox) {
	v.between(i.Workers, 1, 256, "inbox.workers")
	v.expect(i.Lease >= 5*time.Second && i.Lease <= time.Hour, "inbox.lease", "expected 5s to 1h")
	v.between(i.MaxAttempts, 1, 100, "inbox.max_attempts")
	v.expect(i.Retention >= minRetention, "inbox.retention", "expected at least 8d: providers deliver again for days")
}

func (v *validator) retention(c Config) {
	r := c.Retention
	v.expect(r.Interactions == 0 || r.Interactions >= c.Inbox.Retention, "retention.interactions", "expected 0, or at least inbox.retention")
	v.expect(r.Events == 0 || r.Events >= minRetention, "retention.events", "expected 0, or at least 8d")
	v.expect(r.Evidence == 0 || r.Evidence >= day, "retention.evidence", "expected 0, or at least 1d")
	v.expect(r.Quarantine == 0 || r.Quarantine >= minRetention, "retention.quarantine", "expected 0, or at least 8d")
}

func (v *validator) between(n, least, most int, path string) {
	v.expect(n >= least && n <= most, path, fmt.Sprintf("expected %d to %d", least, most))
}

func (v *validator) limits(l Limits) {
	v.rate(l.IngestPerSecond, l.IngestBurst, "limits.ingest")
	v.rate(l.APIPerSecond, l.APIBurst, "limits.api")
}

func (v *validator) rate(perSecond, burst int, path string) {
	v.between(perSecond, 0, 1e6, path+"_per_second")
	v.between(burst, 0, 1e6, path+"_burst")
	v.expect(perSecond <= 0 || burst != 0, path+"_burst", "a rate needs a burst of at least 1")
}

func (v *validator) log(l Log) {
	v.expect(slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level), "log.level", "expected debug, info, warn or error")
	v.expect(slices.Contains([]string{"text", "json"}, l.Format), "log.format", "expected text or json")
}

func (v *validator) sources(sources []Source, adapters []string) {
	names := map[string]int{}
	for i, s := range sources {
		path := item("sources", i)
		v.expect(sourceName.MatchString(s.Name), path+".name", "expected lower case letters, digits and -, beginning with a letter or digit, at most 63")
		first, taken := names[s.Name]
		v.expect(!taken, path+".name", fmt.Sprintf("already the name of sources[%d]", first))
		names[s.Name] = i
		v.adapter(s.Adapter, path+".adapter", adapters)
		v.region(s.Region, path+".region")
		v.publicURL(s.PublicURL, path+".public_url")
		v.expect(slices.Contains([]string{"", OnFailRecord, OnFailAttach}, s.OnFail), path+".on_fail", "expected record or attach")
	}
}

func (v *validator) adapter(name, path string, adapters []string) {
	v.expect(name != "", path, "missing")
	if name == "" || adapters == nil {
		return
	}
	v.expect(slices.Contains(adapters, name), path, "unknown adapter (known: "+strings.Join(adapters, ", ")+")")
}

func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
