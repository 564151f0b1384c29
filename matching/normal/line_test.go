package normal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A desk's number and a pocket's are told apart where the numbering plan does; where it does not, a number is taken for a person's.
func TestFixedLineFollowsTheNumberingPlan(t *testing.T) {
	t.Parallel()
	for number, fixed := range map[string]bool{
		"+493012345678":  true,  // Berlin
		"+442070313000":  true,  // London
		"+390612345678":  true,  // Rome
		"+551133334444":  true,  // São Paulo
		"+498001234567":  true,  // freephone
		"+4917612345678": false, // German mobile
		"+447911123456":  false, // British mobile
		"+5511987654321": false, // Brazilian mobile
		"+14155550123":   false, // North America: either
		"+4915":          false,
		"":               false,
		"anonymous":      false,
	} {
		require.Equal(t, fixed, FixedLine(number), number)
	}
}

// A function's mailbox is known by its words in many languages, whatever country or number follows; a person's is not, even if it begins with one.
func TestRoleMailboxesAreFunctions(t *testing.T) {
	t.Parallel()
	for local, role := range map[string]bool{
		"info": true, "Sales": true, "sales-de": true, "info2": true, "support.team": true, "team_support": true, "atencion": true, "faktury": true, "klantenservice": true, "service.01": true,
		"info.mueller": false, "maria": false, "sam.sales": false, "de": false, "42": false, "": false, "-": false, "a.li": false,
	} {
		require.Equal(t, role, RoleMailbox(local), local)
	}
}

func TestAnExtensionIsSeenInAnySpelling(t *testing.T) {
	t.Parallel()
	for raw, has := range map[string]bool{"415-555-0123 x12": true, "030 123456 Durchwahl 12": true, "tel:+1-415-555-0123;ext=12": true, "+4930123456": false, "": false} {
		require.Equal(t, has, HasExtension(raw), raw)
	}
}
