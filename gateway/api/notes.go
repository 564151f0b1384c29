package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
)

// Note is what an agent wrote about a person.
type Note struct {
	ID   string    `json:"id" example:"nte_4k2m8q0w6e1r5t9y3u7i2o6p"`
	Text string    `json:"text"`
	Who  string    `json:"who" doc:"Who wrote it last."`
	At   time.Time `json:"at"`
}

type noteText struct {
	Text string `json:"text" minLength:"1" maxLength:"4000"`
}

type noteOutput struct{ Body Note }

func (s *Server) noteOperations() {
	add := endpoint{"add-note", "POST", "/v1/profiles/{id}/notes", "Profiles", "Write a note on a person; a profile keeps at most 50.", keys.ProfilesWrite, []int{404, 409}}.operation()
	add.DefaultStatus = 201
	huma.Register(s.api, add, s.addNote)
	huma.Register(s.api, endpoint{"edit-note", "PATCH", "/v1/profiles/{id}/notes/{note}", "Profiles", "Write a note anew.", keys.ProfilesWrite, []int{404, 409}}.operation(), s.editNote)
	remove := endpoint{"delete-note", "DELETE", "/v1/profiles/{id}/notes/{note}", "Profiles", "Take a note away.", keys.ProfilesWrite, []int{404, 409}}.operation()
	remove.DefaultStatus = 204
	huma.Register(s.api, remove, s.deleteNote)
}

func (s *Server) addNote(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body noteText
}) (*noteOutput, error) {
	e := s.edit(ctx, in.ID, "")
	e.Op = s.operationOf(ctx, in.Key)
	n, err := s.people.AddNote(ctx, e, in.Body.Text)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &noteOutput{showNote(n)}, nil
}

func (s *Server) editNote(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Note string `path:"note" maxLength:"64"`
	Body noteText
}) (*noteOutput, error) {
	n, err := s.people.EditNote(ctx, s.edit(ctx, in.ID, ""), in.Note, in.Body.Text)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &noteOutput{showNote(n)}, nil
}

func (s *Server) deleteNote(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Note string `path:"note" maxLength:"64"`
}) (*struct{}, error) {
	if err := s.people.DeleteNote(ctx, s.edit(ctx, in.ID, ""), in.Note); err != nil {
		return nil, s.fail(ctx, err)
	}
	return nil, nil
}

func showNote(n contact.Note) Note { return Note{ID: n.ID, Text: n.Text, Who: n.Who, At: n.At} }
