package reply

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A mail that ends in its writer's name is signed with it; what only holds a name is not.
func TestTheWritersNameSigns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"It works.\n\nAnn":                         "Ann",
		"It works.\nAnn Miller":                    "Ann Miller",
		"It works.\n\n- A. Miller -":               "- A. Miller -",
		"It works.\n\nDr. Ann Miller\n\n“Be kind”": "Dr. Ann Miller\n\n“Be kind”",
		"It works.\n\nAnn\n\n> Does it?\n":         "Ann",
		"Ann":                                      "",
		"The ticket is for:\nAnn Miller":           "",
		"It works.\n\nBob":                         "",
		"It works.\n\nAnn Baker":                   "",
		"It works.\n\nA.":                          "A.",
		"It works.\n\nA. M.":                       "A. M.",
		"It works.\n\nB.":                          "",
		"Of the two I choose this one:\n\nA.":      "",
		"It works.\n\nAnn\n\nOne more thing: it is loud and it smells of burnt rubber.": "",
	} {
		require.Equal(t, want, Split(text, "Ann Miller").Text(SignedOff), text)
	}
	require.Empty(t, Split("It works.\n\nAnn").Text(SignedOff), "nobody said who writes")
}

func TestSignOffsOfSeveralForms(t *testing.T) {
	t.Parallel()
	for _, off := range []string{
		"Mit freundlichen Grüßen / Best regards", "Viele Grüße aus Hamburg", "مع التحية،",
		"Veuillez agréer, Madame, Monsieur, l'expression de mes salutations distinguées.",
	} {
		require.Equal(t, off+"\n\nAnn", Split("It is here.\n\n"+off+"\n\nAnn").Text(SignedOff))
	}
	for _, text := range []string{"Best regards / see the attached list", "Grüße aus dem Keller bitte nicht mehr senden"} {
		require.Empty(t, Split("It is here.\n\n"+text).Text(SignedOff), text)
	}
}

func TestAnAfterthoughtBelowTheQuoteLeavesTheSignatureAboveIt(t *testing.T) {
	t.Parallel()
	const quote = "\n\nOn Tue, 10 Nov 2026 at 10:20 Support <s@ours.example> wrote:\n\n> When?\n\n"
	require.Equal(t, "Best, Ann", Split("Tomorrow.\n\nBest, Ann"+quote+"PS: three of them.").Text(SignedOff))
	require.Empty(t, Split("Tomorrow.\n\nBest, Ann"+quote+"And three of them are here.").Text(SignedOff))
}

// A sentence in the middle of a text may read like what clients write above a quote; they begin it with a capital.
func TestAttributionsBeginWithACapital(t *testing.T) {
	t.Parallel()
	require.Empty(t, Split("Guten Tag,\n\nam 10.11.2026 um 10:20 schrieb mir Ihr Kollege:\n\nEs wird getauscht.").Text(Quote))
	require.NotEmpty(t, Split("Guten Tag,\n\nAm 10.11.2026 um 10:20 schrieb Support:\n\nEs wird getauscht.").Text(Quote))
	require.NotEmpty(t, Split("Guten Tag,\n\nam 10.11.2026 um 10:20 schrieb Support:\n> Es wird getauscht.").Text(Quote))
}

// What a sentence announces is what the mail is about, even if it looks like a card.
func TestWhatIsAnnouncedIsNoSignature(t *testing.T) {
	t.Parallel()
	const card = "Lindenallee 4\n50674 Köln\nTel. 0221 4710 222"
	require.Empty(t, Split("Guten Tag,\n\nmeine neue Adresse lautet jetzt:\n\n"+card).Text(SignedOff))
	require.Equal(t, card, Split("Guten Tag,\n\nmeine Adresse ist neu.\n\n"+card).Text(SignedOff))
}

func TestAttributionsThatGoIntoTheQuote(t *testing.T) {
	t.Parallel()
	const own = "Please cancel it.\n\n"
	require.Equal(t, "Please cancel it.", Split(own+"On Tue, Nov 17, 2026 at 10:20 AM, Support\n<s@ours.example> wrote:   Should we?").Text(Own))
	require.NotEqual(t, "Please cancel it.", Split(own+"The note of Support <s@ours.example> wrote: nothing").Text(Own))
}

func TestACutLineWithNothingAboveItCutsNothing(t *testing.T) {
	t.Parallel()
	const notice = "##- Please type your reply above this line -##\n\nYour request was received."
	require.Empty(t, Split(notice).Text(Quote))
	require.Equal(t, "Still broken.", Split("Still broken.\n\n"+notice).Text(Own))
}

func TestTitlesOfOneWord(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"bauleiter", "bauleiterin", "projektleider", "försäljningschef"} {
		require.True(t, isTitle(title), title)
	}
	for _, word := range []string{"leiterplatte", "chefin", "begleitung"} {
		require.False(t, isTitle(word), word)
	}
}
