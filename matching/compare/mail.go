package compare

import (
	"strings"

	"usher/matching/normal"
)

// mails is how two addresses stand to each other.
func mails(a, b *MailAddress) Level {
	switch {
	case a.Kind == normal.Role && b.Kind == normal.Role && a.Key == b.Key:
		return MailRole
	case a.Key == b.Key:
		return MailSame
	case a.Kind == normal.Role || b.Kind == normal.Role:
		return Null
	case a.Weak == b.Weak:
		return MailWeakSame
	}
	return spelledMails(a, b)
}

// maxMailEdits is how many slips a long address may hold to be similar.
const maxMailEdits = 4

// spelledMails looks for slips of the pen. A short local part must agree but for its dots: two initials are soon alike.
func spelledMails(a, b *MailAddress) Level {
	short := min(len(a.Key), len(b.Key))
	allowed := min(maxMailEdits, short/5)
	inLocal := edits(a.Bare, b.Bare, maxMailEdits)
	if 3*inLocal > min(len(a.Bare), len(b.Bare)) {
		return strangers(a, b)
	}
	whole := inLocal + edits(a.Domain, b.Domain, allowed)
	if whole > allowed { // letters that moved across the @
		whole = edits(a.Key, b.Key, allowed)
	}
	switch {
	case whole <= 1 && short >= 8, whole == 2 && short >= 14:
		return MailNear
	case inLocal == 0 && len(a.Bare) >= 4:
		return MailSameLocal
	case whole <= allowed:
		return MailSimilar
	}
	return strangers(a, b)
}

// strangers is the level of addresses whose local parts have nothing to do with each other.
func strangers(a, b *MailAddress) Level {
	if a.Domain == b.Domain && a.Kind == normal.Personal {
		return MailSameDomain
	}
	return MailOther
}

// madeOfName reports whether a local part says no more than a name: its words are the name's words or their beginnings, and at most one digit stands beside them.
func madeOfName(m *MailAddress, names []normal.Name) bool {
	if m.Digits > 1 {
		return false
	}
	local := strings.Join(m.Words, "")
	for i := range names {
		if spells(local, &names[i]) {
			return true
		}
	}
	return false
}

// spells reports whether what is left of a local part without a name's words is no more than two letters, as initials are.
func spells(local string, n *normal.Name) bool {
	long := 0
	for i := range n.Tokens {
		for _, form := range []string{n.Tokens[i].Long, n.Tokens[i].Text} {
			if at := strings.Index(local, form); len(form) >= 3 && at >= 0 {
				local, long = local[:at]+local[at+len(form):], long+1
				break
			}
		}
	}
	return long > 0 && len(local) <= 2
}

// addresses is how an address stands to a name: whether its local part is made of it.
func addresses(m *MailAddress, n *normal.Name) Level {
	if n.Derived || m.Kind == normal.Role || m.Kind == normal.Relay || len(m.Words) == 0 || len(n.Tokens) == 0 {
		return Null
	}
	local := strings.Join(m.Words, "")
	found, letters := 0, 0
	for i := range n.Tokens {
		t := &n.Tokens[i]
		switch {
		case len(t.Text) >= 3 && (strings.Contains(local, t.Text) || strings.Contains(local, t.Long)):
			found++
		case strings.HasPrefix(local, t.Text[:1]) || strings.HasSuffix(local, t.Text[:1]):
			letters++
		}
	}
	switch {
	case found >= 2:
		return AddressFull
	case found == 1 && (letters > 0 || len(n.Tokens) == 1):
		return AddressPartial
	case found == 1 || letters > 1 || len(local) < 4:
		return AddressInitial
	}
	return AddressNone
}
