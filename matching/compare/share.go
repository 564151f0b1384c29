package compare

import "usher/matching/normal"

// Share tells each contact point how many people's names and how many contacts it comes with among all records, as a store learns it by and by.
func Share(records []*Record) {
	uses := map[string]*use{}
	for _, r := range records {
		for _, key := range points(r) {
			u := uses[key]
			if u == nil {
				u = &use{}
				uses[key] = u
			}
			u.add(r)
		}
	}
	for _, r := range records {
		for i := range r.Mails {
			r.Mails[i].Sharing = r.Mails[i].Sharing.or(uses[r.Mails[i].Key].sharing())
		}
		for i := range r.Phones {
			r.Phones[i].Sharing = r.Phones[i].Sharing.or(uses[r.Phones[i].Key].sharing())
		}
	}
}

// points are the contact points that somebody uses, not those that are only quoted.
func points(r *Record) []string {
	keys := make([]string, 0, len(r.Mails)+len(r.Phones))
	for i := range r.Mails {
		if !r.Mails[i].Quoted {
			keys = append(keys, r.Mails[i].Key)
		}
	}
	for i := range r.Phones {
		if !r.Phones[i].Quoted {
			keys = append(keys, r.Phones[i].Key)
		}
	}
	return keys
}

// use is who uses a contact point.
type use struct {
	people   []*normal.Name // one name of each person
	contacts int
}

// sharing is nothing where nobody uses the contact point.
func (u *use) sharing() Sharing {
	if u == nil {
		return Sharing{}
	}
	return Sharing{Names: len(u.people), Contacts: u.contacts}
}

// add counts a contact, and its person if the name fits nobody's that is known. No more people are told apart than it takes to be hot.
func (u *use) add(r *Record) {
	u.contacts++
	if len(r.Names) == 0 || len(u.people) >= ManyNames {
		return
	}
	for _, known := range u.people {
		for i := range r.Names {
			if l := Names(known, &r.Names[i]); l < FamilyOnly {
				return
			}
		}
	}
	u.people = append(u.people, &r.Names[0])
}
