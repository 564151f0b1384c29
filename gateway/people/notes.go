package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// AddNote writes a note on a person: on the profile that speaks for them. A repeat of the operation adds nothing.
func (p *People) AddNote(ctx context.Context, e Edit, text string) (contact.Note, error) {
	person, err := p.seenAs(ctx, e)
	if err != nil {
		return contact.Note{}, err
	}
	note := contact.Note{ID: contact.NotePrefix + uuid.NewString(), Text: text, Who: e.Who}
	if e.Op != "" {
		note.ID = p.db.Salt.ID(contact.NotePrefix, e.Op)
	}
	if there, member := noteOf(person, note.ID); member != nil {
		return there, p.db.Conclude(ctx, member.Pending)
	}
	err = p.edit(ctx, e, person.Root(), contact.Decision{Kind: contact.NoteAdded, Object: note.ID}, func(root *contact.Profile, now time.Time) error {
		if slices.ContainsFunc(root.Notes, func(n contact.Note) bool { return n.ID == note.ID }) {
			return nil
		}
		if len(root.Notes) >= contact.MaxNotes {
			return full("notes")
		}
		note.At = now
		root.Notes = append(slices.Clone(root.Notes), note)
		return nil
	})
	return note, err
}

// EditNote writes a note anew, on whichever of the person's profiles has it.
func (p *People) EditNote(ctx context.Context, e Edit, id, text string) (contact.Note, error) {
	var edited contact.Note
	err := p.changeNote(ctx, e, contact.Decision{Kind: contact.NoteEdited, Object: id}, func(m *contact.Profile, now time.Time) error {
		i := slices.IndexFunc(m.Notes, func(n contact.Note) bool { return n.ID == id })
		if i < 0 {
			return noNote()
		}
		m.Notes = slices.Clone(m.Notes)
		if m.Notes[i].Text != text {
			m.Notes[i].Text, m.Notes[i].Who, m.Notes[i].At = text, e.Who, now
		}
		edited = m.Notes[i]
		return nil
	})
	return edited, err
}

// DeleteNote takes a note away. What it said is in the decision's evidence until that is erased.
func (p *People) DeleteNote(ctx context.Context, e Edit, id string) error {
	return p.changeNote(ctx, e, contact.Decision{Kind: contact.NoteGone, Object: id}, func(m *contact.Profile, _ time.Time) error {
		m.Notes = slices.DeleteFunc(slices.Clone(m.Notes), func(n contact.Note) bool { return n.ID == id })
		return nil
	})
}

func (p *People) changeNote(ctx context.Context, e Edit, d contact.Decision, change func(*contact.Profile, time.Time) error) error {
	person, err := p.seenAs(ctx, e)
	if err != nil {
		return err
	}
	_, member := noteOf(person, d.Object)
	if member == nil {
		return noNote()
	}
	return p.edit(ctx, e, *member, d, change)
}

func noNote() *contact.Error {
	return contact.NewError(contact.NotFound, "not_found", "no such note", nil)
}

// noteOf finds a note, and which of a person's profiles has it; nil if none has.
func noteOf(person Person, id string) (contact.Note, *contact.Profile) {
	for _, m := range person.Profiles {
		for _, n := range m.Notes {
			if n.ID == id {
				return n, &m
			}
		}
	}
	return contact.Note{}, nil
}

// Delete removes a profile that has nothing: no contact point, no interaction, and no other profile that is one person with it. What has something is a person's history, and goes by erasure.
// The flags that name it go with it. Errors: NotFound, Stale, Conflict profile_in_use.
func (p *People) Delete(ctx context.Context, e Edit) (contact.Profile, error) {
	person, err := p.seenAs(ctx, e)
	if err != nil {
		return contact.Profile{}, err
	}
	root := person.Root()
	identities, err := p.db.Identities.CountTo(ctx, 1, "profile", root.ID)
	if err != nil {
		return root, err
	}
	interactions, err := p.db.Interactions.CountTo(ctx, 1, "profile", root.ID)
	if err != nil {
		return root, err
	}
	if len(person.Profiles) > 1 || identities+interactions > 0 {
		return root, contact.NewError(contact.Conflict, "profile_in_use", "the profile has contact points, interactions or merged profiles; erase the person instead", nil)
	}
	return root, p.remove(ctx, e, root)
}

// remove deletes a profile, the decision first: a crash in between leaves a profile that can be deleted again, and never a deletion that nobody knows of.
func (p *People) remove(ctx context.Context, e Edit, root contact.Profile) error {
	if err := p.db.Conclude(ctx, root.Pending); err != nil {
		return err
	}
	root.Pending = pending(e, contact.Decision{Kind: contact.Deleted, Subject: root.ID}, nil, store.Now())
	root, err := store.SwapCarrying(ctx, p.db, p.db.Profiles, root, root.Pending)
	if err == nil {
		err = p.dropFlags(ctx, root.ID)
	}
	if err == nil {
		err = p.db.Profiles.Delete(ctx, root)
	}
	if errors.Is(err, store.ErrStale) {
		return stale()
	}
	return err
}

// dropFlags deletes the flags of a profile that is about to be gone.
func (p *People) dropFlags(ctx context.Context, profile string) error {
	for _, side := range []string{"a", "b"} {
		flags, err := all(ctx, p.db.Duplicates, store.Range{Index: side, Equal: []any{profile}, Limit: MaxDuplicates})
		if err != nil {
			return err
		}
		for _, d := range flags {
			if err := p.db.Duplicates.Delete(ctx, d); err != nil && !errors.Is(err, store.ErrStale) {
				return err
			}
		}
	}
	return nil
}
