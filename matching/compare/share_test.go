package compare

import (
	"testing"

	"github.com/stretchr/testify/require"

	"usher/gateway/contact"
)

// A number is shared by those who use it, not by those who quote it in a mail.
func TestShareCountsUsersAndNotQuotes(t *testing.T) {
	t.Parallel()
	person := func(name string, from contact.Provenance) *Record {
		return Prepare(Profile{Values: []Value{{Field: Name, Text: name}, {Field: Phone, Text: "+4930123456", Provenance: from}, {Field: Mail, Text: "office.berlin@example.com", Provenance: from}}})
	}
	records := []*Record{
		person("Ana Silva", contact.FromChannel), person("A. Silva", contact.FromChannel), person("Hans Müller", contact.FromChannel),
		person("Olga Popova", contact.Extracted), Prepare(Profile{Values: []Value{{Field: Phone, Text: "+4930123456", Provenance: contact.FromChannel}}}),
	}
	Share(records)
	require.Equal(t, Sharing{Names: 2, Contacts: 4}, records[0].Phones[0].Sharing)
	require.Equal(t, Sharing{Names: 2, Contacts: 3}, records[3].Mails[0].Sharing)
	lonely := Prepare(Profile{Values: []Value{{Field: Phone, Text: "+49301234567", Provenance: contact.Extracted}}})
	Share([]*Record{lonely})
	require.Zero(t, lonely.Phones[0].Sharing)
}
