package contact

import "slices"

// strongBits is from where evidence is strong alone.
const strongBits = 8

// strongKinds are the kinds that may be: a contact point, a handle, a document or an order that both sides have. Alike is not the same: two addresses with one local part are two mailboxes. A name is none: namesakes are told apart by people who know.
var strongKinds = []string{"email_same", "email_same_mailbox", "phone_same", "handle_same", "reference_same", "mentioned_same"}

// The kinds of evidence that are strong whatever they weigh, and why a value weighs nothing that is the same on both sides beside another of its kind.
const (
	InOneContact = "identities_in_one_contact"
	CountedOnce  = "counted_once"
)

// Strong is what of the evidence about a pair is strong alone: a contact point, a handle, or the number of a document or an order that both have. One that counts no more because another of its kind counts is as strong as that.
func Strong(all []Evidence) []Evidence {
	var strong []Evidence
	for _, e := range all {
		alike := func(o Evidence) bool { return o.Kind == e.Kind && weighty(o) }
		if e.Kind == InOneContact || weighty(e) || e.Via == CountedOnce && slices.ContainsFunc(all, alike) {
			strong = append(strong, e)
		}
	}
	return strong
}

// Carried is what of the evidence says that one contact carried contact points of both.
func Carried(all []Evidence) []Evidence {
	return slices.DeleteFunc(slices.Clone(all), func(e Evidence) bool { return e.Kind != InOneContact })
}

func weighty(e Evidence) bool {
	return e.WeightBits >= strongBits && slices.Contains(strongKinds, e.Kind)
}

// SameValues reports whether two pieces of evidence are about the same values, whichever side they stand on and however much they weigh by now.
func (e Evidence) SameValues(o Evidence) bool {
	return e.Kind == o.Kind && (e.Left == o.Left && e.Right == o.Right || e.Left == o.Right && e.Right == o.Left)
}

// Beyond are those of some evidence that are not among what is known.
func Beyond(some, known []Evidence) []Evidence {
	var fresh []Evidence
	for _, e := range some {
		if !slices.ContainsFunc(known, e.SameValues) {
			fresh = append(fresh, e)
		}
	}
	return fresh
}
