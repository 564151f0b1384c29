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

// madeOfNames reports whether two alike local parts say no more than the names do. A number of two digits or more says more, unless it is where they differ. Alike addresses of one company are a slip of the pen.
func madeOfNames(l Level, a, b *MailAddress, names ...[]normal.Name) bool {
	switch {
	case l != MailNear && l != MailSimilar && l != MailSameLocal, l != MailSameLocal && a.Kind == normal.Personal && b.Kind == normal.Personal:
		return false
	case a.Digits == b.Digits && len(a.Digits) > 1:
		return false
	}
	return spelledBy(a, names) && spelledBy(b, names)
}

// spelledBy reports whether a local part is made of one of the names.
func spelledBy(m *MailAddress, names [][]normal.Name) bool {
	local := strings.Join(m.Words, "")
	bones := normal.Bones(local)
	for _, side := range names {
		for i := range side {
			if spells(local, &side[i]) || sounds(bones, &side[i]) {
				return true
			}
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

// sounds is spells by consonants, for names whose romanisation is a guess.
func sounds(bones string, n *normal.Name) bool {
	long := 0
	for i := range n.Tokens {
		if form := n.Tokens[i].Bones; len(form) >= 2 {
			if at := strings.Index(bones, strings.TrimPrefix(form, "a")); at >= 0 {
				bones, long = bones[:at]+bones[at+len(strings.TrimPrefix(form, "a")):], long+1
			}
		}
	}
	return long > 0 && len(bones) <= 2
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
