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
		"It works.\n\nA.":                          "",
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
