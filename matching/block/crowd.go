package block

import "usher/matching/compare"

// IsPoint reports whether the key is a number or an address by itself, which speaks in a score and not only finds.
func (k Key) IsPoint() bool { return k.Kind == mailKind || k.Kind == phoneKind }

// Crowd tells a record which of its numbers and addresses are held by too many, by the keys that are hot: what does not say whom to compare does not speak for anybody either.
func Crowd(r *compare.Record, hot []Key) {
	if len(hot) == 0 {
		return
	}
	crowded := map[uint64]bool{}
	for _, k := range hot {
		crowded[k.Hash] = true
	}
	for i := range r.Mails {
		if crowded[hashOf(mailKind, r.Mails[i].Weak)] {
			r.Mails[i].Sharing.Names = compare.ManyNames
		}
	}
	for i := range r.Phones {
		if crowded[hashOf(phoneKind, r.Phones[i].Key)] {
			r.Phones[i].Sharing.Names = compare.ManyNames
		}
	}
}

// Shared are the keys of a record's numbers and addresses that several people's names come with, and how many names.
func Shared(r *compare.Record) map[Key]int {
	shared := map[Key]int{}
	for i := range r.Mails {
		if n := r.Mails[i].Sharing.Names; n > 1 {
			shared[Key{Hash: hashOf(mailKind, r.Mails[i].Weak), Kind: mailKind, Text: r.Mails[i].Weak}] = n
		}
	}
	for i := range r.Phones {
		if n := r.Phones[i].Sharing.Names; n > 1 {
			shared[Key{Hash: hashOf(phoneKind, r.Phones[i].Key), Kind: phoneKind, Text: r.Phones[i].Key}] = n
		}
	}
	return shared
}
