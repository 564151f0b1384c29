package api

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/keys"
	"usher/gateway/transfer"
)

func (s *Server) exportOperations() {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	all := endpoint{"export", "GET", "/v1/export", "Imports", "Everything: NDJSON with an object a line (type: export, organization, person, profile, identity, interaction, duplicate, decision, not_same, evidence, domain, membership, consent, block, quarantine, and end, which counts the lines); or the people alone as CSV or vCard. The lines of type organization and person can be imported again. Left out are the raw deliveries and files (far larger than all else: the interactions hold what was read from deliveries, and files are read by their interactions), imports and their rows, the events (they have their feed), what is a secret of this gateway (keys, links, the salt of its ids), and what is made anew from the profiles.", keys.Admin, nil}.operation()
	all.Responses = map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: binary}, "text/csv": {Schema: binary}, "text/vcard": {Schema: binary}}}}
	huma.Register(s.api, all, s.export)
	one := endpoint{"export-profile", "POST", "/v1/profiles/{id}/export", "Profiles", "Everything that is stored of one person, in the same lines and more: profiles, contact points, claimed and extracted values, memberships, flags, interactions with their files (lines of type blob: owner, n and base64), those that are nobody's and came by the person's contact points (and of others that they may be the person's: candidate), decisions about any of these with what they were made on, consents, blocks, what waits or was in quarantine, links to prove a contact point (claim_link), rows of imports (job_row), and deliveries with their bodies as long as these are kept. What is of others too is not given, and left_out says so: of a delivery the row alone, unless all that it brought can be read and is the person's; of a row of an import not how it begins, unless a name and a contact point of the person stand in it and nobody else's; of a flagged pair, and of what was seen when it was decided, the person's side. Not in it are events and kept answers, which repeat the other lines, and what is computed for searching. Blanks may stand before a line: they are sent while it is looked for more. Of a person who is being erased nothing is given (404).", keys.PrivacyErase, []int{404}}.operation()
	one.Responses = map[string]*huma.Response{"200": {Description: "The lines.", Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: binary}}}}
	huma.Register(s.api, one, s.exportProfile)
}

// exportTypes are the media types of the formats.
var exportTypes = map[transfer.ExportFormat]string{transfer.AsNDJSON: "application/x-ndjson", transfer.AsCSV: "text/csv; charset=utf-8", transfer.AsVCard: "text/vcard; charset=utf-8"}

func (s *Server) export(ctx context.Context, in *struct {
	Format string `query:"format" enum:"ndjson,csv,vcard" default:"ndjson"`
}) (*huma.StreamResponse, error) {
	format := transfer.ExportFormat(in.Format)
	s.Log.Info("export of everything begins", "who", who(ctx))
	return s.stream(ctx, exportTypes[format], "usher."+format.Extension(), func(ctx context.Context, w io.Writer) error {
		err := s.Transfer.Export(ctx, w, format)
		if err == nil {
			s.Log.Info("everything is exported", "who", who(ctx))
		}
		return err
	}), nil
}

func (s *Server) exportProfile(ctx context.Context, in *struct {
	ID          string `path:"id" maxLength:"64"`
	Idempotency string `header:"Idempotency-Key" hidden:"true"`
}) (*huma.StreamResponse, error) {
	if in.Idempotency != "" { // whose answers are kept
		return nil, s.fail(ctx, newProblem(400, "invalid_request", "an export is not kept: send this without Idempotency-Key"))
	}
	person, err := s.people.Person(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.Log.Info("export of a person begins", "profile_id", person.IDs()[0], "who", who(ctx))
	return s.stream(ctx, exportTypes[transfer.AsNDJSON], person.IDs()[0]+".ndjson", func(ctx context.Context, w io.Writer) error {
		err := s.Transfer.ExportPerson(ctx, w, in.ID)
		if err == nil {
			s.Log.Info("person exported", "profile_id", person.IDs()[0], "who", who(ctx))
		}
		return err
	}), nil
}
