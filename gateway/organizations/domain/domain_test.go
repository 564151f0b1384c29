package domain_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
	"usher/gateway/organizations/domain"
)

func code(err error) string {
	var e *contact.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// A domain is registered in one form, and only if those who have an address there belong together.
func TestParseTakesWhatOneOrganizationHas(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"acme.example": "acme.example", " ACME.Example. ": "acme.example", "@acme.example": "acme.example", "sales.acme.co.uk": "sales.acme.co.uk",
		"bücher.example": "xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example", "acme.github.io": "acme.github.io", "kawasaki.jp": "kawasaki.jp",
		"a.b.c.d.e.f.g.h.i.example": "a.b.c.d.e.f.g.h.i.example",
	} {
		got, err := domain.Parse(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, got)
	}
}

func TestParseRefusesWhatAnybodyMayHave(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"": "domain_invalid", "acme": "domain_invalid", "a b.example": "domain_invalid", "acme..example": "domain_invalid", "192.168.0.1": "domain_invalid", "[::1]": "domain_invalid", "-a.example": "domain_invalid",
		"ada@acme.example": "domain_invalid", strings.Repeat("a", 64) + ".example": "domain_invalid", strings.Repeat("a.", 200) + "example": "domain_invalid", "a.b.c.d.e.f.g.h.i.j.k.example": "domain_invalid", "a_b.example": "domain_invalid",
		"co.uk": "domain_is_public_suffix", "github.io": "domain_is_public_suffix", "x.kawasaki.jp": "domain_is_public_suffix",
		"gmail.com": "domain_is_free_mail", "GoogleMail.com": "domain_is_free_mail", "gmx.de": "domain_is_free_mail", "hey.com": "domain_is_free_mail", "team.gmail.com": "domain_is_free_mail", "privaterelay.appleid.com": "domain_is_free_mail",
		"mailinator.com": "domain_is_disposable", "x.mailinator.com": "domain_is_disposable",
	} {
		_, err := domain.Parse(raw)
		require.Equal(t, want, code(err), raw)
		require.Equal(t, contact.Invalid, contact.KindOf(err), raw)
	}
}

// Mail from a.b.acme.example belongs to acme.example, unless something longer is registered; nothing crosses a public suffix.
func TestChainNeverCrossesAPublicSuffix(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][]string{
		"a.b.acme.example": {"a.b.acme.example", "b.acme.example", "acme.example"}, "acme.example": {"acme.example"}, "mail.acme.co.uk": {"mail.acme.co.uk", "acme.co.uk"},
		"x.acme.github.io": {"x.acme.github.io", "acme.github.io"}, "a.x.kawasaki.jp": {"a.x.kawasaki.jp"}, "github.io": nil, "co.uk": nil, "example": nil, "": nil, ".": nil,
	} {
		require.Equal(t, want, domain.Chain(host), host)
	}
}

// The lists are searched by halves: out of order they would find nothing.
func TestTheListsAreInOrder(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{domain.FreeMailList(), domain.DisposableList()} {
		require.Greater(t, len(list), 9000)
		require.True(t, slices.IsSorted(list))
	}
}

// Whatever is sent, what is taken is in normal form (parsing it again changes nothing), below a public suffix, no list's, and the longest of its own chain.
func FuzzParseIsANormalForm(f *testing.F) {
	for _, raw := range []string{"acme.example", "Bücher.example.", "a.b.acme.co.uk", "github.io", "gmail.com", "..", "xn--a.example", "1.2.3.4", "ß.example", "\u202eacme.example", "acme。example"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := domain.Parse(raw)
		if err != nil {
			require.Equal(t, contact.Invalid, contact.KindOf(err))
			return
		}
		again, err := domain.Parse(name)
		require.NoError(t, err)
		require.Equal(t, name, again)
		chain := domain.Chain(name)
		require.Equal(t, name, chain[0])
		require.Equal(t, domain.Registrable(name), chain[len(chain)-1])
		require.Empty(t, domain.Open(name))
		require.Equal(t, name, domain.Of("ada@"+name))
	})
}
