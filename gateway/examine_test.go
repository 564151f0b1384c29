package gateway_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/gatewaytest"
	"usher/gateway/people"
	"usher/gateway/store"
)

// A doctor who finds nothing in a store that is broken is none: each rule about decisions, entries and organizations is broken once, and found.
func TestTheDoctorFindsWhatIsWrongWithDecisions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(t *testing.T, db *store.DB)
		rule   string
	}{
		"a gap in the log": {func(t *testing.T, db *store.DB) {
			d, err := db.Decisions.Find(t.Context(), contact.TreeDecisionID(1))
			require.NoError(t, err)
			require.NoError(t, db.Decisions.Delete(t.Context(), d))
		}, "the log of decisions has no gap"},
		"a profile that was moved by hand": {func(t *testing.T, db *store.DB) { move(t, db, "prf_a", "prf_d", 1) }, "profiles and pairs are where the log puts them"},
		"a cycle":                          {func(t *testing.T, db *store.DB) { move(t, db, "prf_b", "prf_a", 0) }, "no profile is merged into itself, over any others"},
		"a merge across a decision":        {func(t *testing.T, db *store.DB) { move(t, db, "prf_b", "prf_c", 0) }, "nobody is one person with somebody they were told apart from"},
		"a pair that is gone": {func(t *testing.T, db *store.DB) {
			found, _, err := db.NotSame.List(t.Context(), store.Range{Index: "a", Limit: 1})
			require.NoError(t, err)
			require.NoError(t, db.NotSame.Delete(t.Context(), found[0]))
		}, "profiles and pairs are where the log puts them"},
		"a domain under another's id": {func(t *testing.T, db *store.DB) {
			d := contact.Domain{Document: contact.Document{ID: db.Salt.DomainID("acme-corp.example")}, Name: "acme-corp.test", OrganizationID: "org_a"}
			require.NoError(t, db.Domains.Insert(t.Context(), d))
		}, "every domain is in normal form, under its own id"},
		"a domain of an organization that was deleted": {func(t *testing.T, db *store.DB) {
			d := contact.Domain{Document: contact.Document{ID: db.Salt.DomainID("acme-corp.example")}, Name: "acme-corp.example", OrganizationID: "org_deleted"}
			require.NoError(t, db.Domains.Insert(t.Context(), d))
		}, "no organization was deleted that has a domain or a member"},
		"a member who is gone": {func(t *testing.T, db *store.DB) {
			m := contact.Membership{Document: contact.Document{ID: db.Salt.MembershipID("prf_gone", "org_a")}, ProfileID: "prf_gone", OrganizationID: "org_a", State: contact.Standing}
			require.NoError(t, db.Memberships.Insert(t.Context(), m))
		}, "every membership's profile and organization exist"},
		"an entry that nobody goes on with": {func(t *testing.T, db *store.DB) {
			require.NoError(t, db.Unfinished.Insert(t.Context(), store.Unfinished{Document: contact.Document{ID: "op_x"}, At: store.Now().Add(-time.Hour)}))
		}, "no entry is left unfinished"},
		"an organization that is gone": {func(t *testing.T, db *store.DB) {
			require.NoError(t, db.Interactions.Insert(t.Context(), contact.Interaction{Document: contact.Document{ID: "int_x"}, OrganizationID: "org_gone"}))
		}, "every interaction's organization exists"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := decided(t)
			require.Empty(t, broken(t, db))
			c.breaks(t, db)
			require.Contains(t, broken(t, db), c.rule)
		})
	}
}

// decided is a store in which a was merged into b, and b and c told apart.
func decided(t *testing.T) *store.DB {
	db, err := gateway.OpenStore(t.Context(), gatewaytest.SQLite(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, id := range []string{"prf_a", "prf_b", "prf_c", "prf_d", "prf_e"} {
		require.NoError(t, db.Profiles.Insert(t.Context(), contact.Profile{Document: contact.Document{ID: id}}))
	}
	require.NoError(t, db.Organizations.Insert(t.Context(), contact.Organization{Document: contact.Document{ID: "org_a"}}))
	require.NoError(t, db.Organizations.Insert(t.Context(), contact.Organization{Document: contact.Document{ID: "org_deleted"}, DeletedAt: store.Now()}))
	for _, c := range []people.Change{
		{Kind: contact.Merged, A: "prf_a", B: "prf_b"}, {Kind: contact.Distinct, A: "prf_b", B: "prf_c"}, {Kind: contact.Merged, A: "prf_d", B: "prf_e"},
	} {
		_, err := people.New(db).Decide(t.Context(), c)
		require.NoError(t, err)
	}
	return db
}

func move(t *testing.T, db *store.DB, id, into string, seq int64) {
	p, err := db.Profiles.Find(t.Context(), id)
	require.NoError(t, err)
	p.MergedInto, p.TreeSeq = into, seq
	_, err = db.Profiles.Swap(t.Context(), p)
	require.NoError(t, err)
}

// broken are the rules that do not hold.
func broken(t *testing.T, db *store.DB) []string {
	t.Helper()
	report, err := gateway.Examine(t.Context(), db, io.Discard)
	require.NoError(t, err)
	var rules []string
	for _, r := range report {
		if len(r.Violations) > 0 {
			rules = append(rules, r.Rule)
		}
	}
	return rules
}

// The rules about who is kept out are broken once each, and found.
func TestTheDoctorFindsWhatIsWrongWithQuarantine(t *testing.T) {
	t.Parallel()
	db := decided(t)
	b, err := people.New(db).Block(t.Context(), people.Barring{Kind: contact.ProfileBlock, Target: "prf_c", Who: "anna"})
	require.NoError(t, err)
	require.Empty(t, broken(t, db))
	d, err := db.Decisions.Find(t.Context(), b.DecisionID)
	require.NoError(t, err)
	require.NoError(t, db.Decisions.Delete(t.Context(), d))
	require.Equal(t, []string{"every block and every verdict is among the decisions"}, broken(t, db))

	waits := contact.Quarantine{Document: contact.Document{ID: "qua_1"}, Delivery: "dlv_gone", State: contact.QuarantineWaiting}
	require.NoError(t, db.Quarantine.Insert(t.Context(), waits))
	require.Contains(t, broken(t, db), "what waits in quarantine can be read")

	require.NoError(t, db.Deliveries.Insert(t.Context(), contact.Delivery{Document: contact.Document{ID: "dlv_done"}, Outcome: contact.Recorded}))
	lost := contact.Quarantine{Document: contact.Document{ID: "qua_2"}, Delivery: "dlv_done", Interaction: "int_none", State: contact.QuarantineReleased}
	require.NoError(t, db.Quarantine.Insert(t.Context(), lost))
	require.Contains(t, broken(t, db), "what was released is recorded")
}

// A decision that a document carries, or a block names, is listed within seconds. The doctor says where it was not for long, and not where somebody may be at it.
func TestTheDoctorFindsDecisionsThatNobodyListed(t *testing.T) {
	t.Parallel()
	const rule = "no decision waits long to be listed"
	ctx := t.Context()
	for name, put := range map[string]func(db *store.DB, at time.Time) error{
		"profile": func(db *store.DB, at time.Time) error {
			return db.Profiles.Insert(ctx, contact.Profile{Document: contact.Document{ID: "prf_x"}, Entered: contact.FromAgent, CreatedAt: at, Pending: carried(at)})
		},
		"identity": func(db *store.DB, at time.Time) error {
			return db.Identities.Insert(ctx, contact.Identity{Document: contact.Document{ID: "idn_x"}, ProfileID: "prf_c", Pending: carried(at)})
		},
		"interaction": func(db *store.DB, at time.Time) error {
			return db.Interactions.Insert(ctx, contact.Interaction{Document: contact.Document{ID: "int_x"}, OccurredAt: at, Pending: carried(at)})
		},
		"block": func(db *store.DB, at time.Time) error {
			return db.Blocks.Insert(ctx, contact.Block{Document: contact.Document{ID: "blk_x"}, At: at, DecisionID: "dec_x", Pending: "dec_x"})
		},
		"consent": func(db *store.DB, at time.Time) error {
			return db.Consents.Insert(ctx, contact.Consents{Document: contact.Document{ID: "cns_x"}, Pending: "dec_x", Said: []contact.Said{{Key: "dec_x", At: at}}})
		},
		"verdict": func(db *store.DB, at time.Time) error {
			return db.Quarantine.Insert(ctx, contact.Quarantine{Document: contact.Document{ID: "qua_x"}, DecidedAt: at, State: contact.QuarantineDiscarded, DecisionID: "dec_x", Pending: "dec_x"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			young, old := decided(t), decided(t)
			require.NoError(t, put(young, store.Now()))
			require.NotContains(t, broken(t, young), rule)
			require.NoError(t, put(old, store.Now().Add(-time.Hour)))
			require.Contains(t, broken(t, old), rule)
		})
	}
}

// carried is a decision of a document.
func carried(at time.Time) *contact.Pending {
	return &contact.Pending{Decision: contact.Decision{Document: contact.Document{ID: "dec_x"}, Kind: contact.Edited, At: at}}
}
