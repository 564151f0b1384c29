package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"usher/gateway/contact"
	"usher/gateway/keys"
	"usher/gateway/transfer"
	"usher/gateway/transfer/rows"
)

// Job is an import: a file of people, and how far it has been read.
type Job struct {
	ID        string     `json:"id" example:"job_01938c5e-7a10-7c3e-9f62-0d5a1b2c3d4e"`
	State     string     `json:"state" enum:"uploading,queued,running,cancelling,done,failed,cancelled" doc:"cancelling: it ends as soon as the rows that were begun have their outcome."`
	DryRun    bool       `json:"dry_run" doc:"Nothing is written of the rows; each has the outcome that it would have, but that flags between rows of the file itself that share no contact point are not foreseen: these are created here and flagged by the import."`
	Format    string     `json:"format,omitempty" doc:"csv, ndjson, json or vcard."`
	Encoding  string     `json:"encoding,omitempty"`
	Guessed   bool       `json:"encoding_guessed" doc:"Others are about as likely as this encoding: look at the names, and where they are broken import the file again with encoding."`
	Delimiter string     `json:"delimiter,omitempty"`
	Source    string     `json:"source,omitempty" doc:"Whose export it is taken for: zendesk, zendesk_organizations, google, outlook, vcard, usher, other."`
	Columns   []Column   `json:"columns" doc:"What each column, or member of the first objects, is taken for."`
	Size      int64      `json:"size" doc:"Of the file, in bytes."`
	Read      int64      `json:"read" doc:"Bytes of it that were read."`
	Rows      int64      `json:"rows" doc:"Rows that have an outcome."`
	Counts    JobCounts  `json:"counts" doc:"Rows by outcome; together they are all that were read."`
	Code      string     `json:"code,omitempty" doc:"Why it failed, in one word."`
	Error     string     `json:"error,omitempty"`
	Who       string     `json:"who"`
	CreatedAt time.Time  `json:"created_at"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// Column is what a column is taken for.
type Column struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning" example:"email" doc:"name, given_name, family_name, email, phone, external_id:SYSTEM, field:NAME, ignore, ..."`
}

// JobCounts are how many rows had each outcome.
type JobCounts struct {
	Created  int64 `json:"created"`
	Updated  int64 `json:"updated"`
	Matched  int64 `json:"matched" doc:"They said nothing new."`
	Flagged  int64 `json:"flagged" doc:"They were entered, and somebody else may be the same person."`
	Rejected int64 `json:"rejected" doc:"Nothing was written of them."`
	Skipped  int64 `json:"skipped" doc:"There is nothing in them to import: the history in Usher's own export."`
}

// JobRow is what became of one row.
type JobRow struct {
	Row       int64  `json:"row" doc:"From 1; the header of a CSV file is none."`
	Outcome   string `json:"outcome" enum:"created,updated,matched,flagged,rejected,skipped"`
	Did       string `json:"did,omitempty" doc:"Of a flagged one: created, updated or matched."`
	Code      string `json:"code,omitempty" doc:"Why it was rejected, or what is to be said of it otherwise, in one word."`
	Reason    string `json:"reason,omitempty" doc:"The same for people; nothing of what stands in the row."`
	ProfileID string `json:"profile_id,omitempty"`

	OrganizationID string `json:"organization_id,omitempty" doc:"Of a row that is an organization."`

	Duplicates []string `json:"duplicates,omitempty" doc:"The flags that it raised."`
	Candidates []string `json:"candidates,omitempty" doc:"Of an ambiguous one: who has its contact points, by the profiles that speak for them."`
}

// JobPart is a piece of a job's file that is stored.
type JobPart struct {
	N      int64  `json:"n"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type jobOutput struct{ Body Job }

type jobPartOutput struct{ Body JobPart }

// newJob is what is said of a file before it is read.
type newJob struct {
	Format    string            `json:"format,omitempty" enum:"csv,ndjson,json,vcard" doc:"Empty: found out, as all that is not said."`
	Encoding  string            `json:"encoding,omitempty" maxLength:"40" example:"windows-1252"`
	Delimiter string            `json:"delimiter,omitempty" maxLength:"1" doc:"Of CSV: a comma, a semicolon, a tab or a bar."`
	Source    string            `json:"source,omitempty" maxLength:"40" doc:"Whose export it is: zendesk, zendesk_organizations, google, outlook, vcard, usher, other."`
	Mapping   map[string]string `json:"mapping,omitempty" doc:"What columns mean, by their names: name, given_name, family_name, email, phone, external_id, external_id:SYSTEM, organization, tag, note, language, city, postcode, field:NAME, ignore, ... Of the others the names are known, or they become custom fields."`
	Region    string            `json:"region,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2, for national numbers; empty: the workspace's."`
	DryRun    bool              `json:"dry_run,omitempty"`
}

// fileTypes are the media types of files that are handed in with one request.
var fileTypes = map[string]rows.Format{
	"text/csv": rows.CSV, "application/x-ndjson": rows.NDJSON, "text/vcard": rows.VCard, "application/octet-stream": "",
}

func (s *Server) importOperations() {
	create := endpoint{"create-import", "POST", "/v1/imports", "Imports", "Import people. A file that fits into one request (listen.body_limit) is its body, as text/csv, application/x-ndjson, text/vcard or application/octet-stream: it is queued at once. Objects of NDJSON may have the shape of POST /v1/profiles. For a larger one send what is to be said of it as JSON, then its parts, then start it.", keys.ProfilesWrite, []int{413, 415}}.operation()
	create.DefaultStatus = 202
	create.SkipValidateBody = true // of a file there is nothing to validate
	huma.Register(s.api, create, s.createImport)
	content := s.api.OpenAPI().Paths[create.Path].Post.RequestBody.Content
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	for media := range fileTypes {
		content[media] = &huma.MediaType{Schema: binary}
	}
	content["application/json"] = &huma.MediaType{Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[newJob](), true, "NewImport")}
	part := endpoint{"put-import-part", "PUT", "/v1/imports/{id}/parts/{n}", "Imports", "Store a part of the file, from 1, of at most 8 MiB and listen.body_limit. It is durable when this is answered; sent again it replaces the one before.", keys.ProfilesWrite, []int{404, 409, 413, 415}}.operation()
	huma.Register(s.api, part, s.putImportPart)
	start := endpoint{"start-import", "POST", "/v1/imports/{id}/start", "Imports", "The file is complete: read it. Started again, it is answered as it stands.", keys.ProfilesWrite, []int{404, 409}}.operation()
	start.DefaultStatus = 202
	huma.Register(s.api, start, s.startImport)
	huma.Register(s.api, endpoint{"list-jobs", "GET", "/v1/jobs", "Imports", "Imports, the newest first.", keys.ProfilesRead, nil}.operation(), s.listJobs)
	huma.Register(s.api, endpoint{"get-job", "GET", "/v1/jobs/{id}", "Imports", "An import, and how far it has come.", keys.ProfilesRead, []int{404}}.operation(), s.getJob)
	huma.Register(s.api, endpoint{"list-job-rows", "GET", "/v1/jobs/{id}/rows", "Imports", "What became of each row, in the order of the file.", keys.ProfilesRead, []int{404}}.operation(), s.listJobRows)
	rejects := endpoint{"get-job-rejects", "GET", "/v1/jobs/{id}/rejects", "Imports", "The rejected rows as CSV: row, code, reason, and how the row begins (up to 4 KiB of it).", keys.ProfilesRead, []int{404}}.operation()
	rejects.Responses = map[string]*huma.Response{"200": {Description: "A CSV file.", Content: map[string]*huma.MediaType{"text/csv": {Schema: binary}}}}
	huma.Register(s.api, rejects, s.getJobRejects)
	huma.Register(s.api, endpoint{"cancel-job", "POST", "/v1/jobs/{id}/cancel", "Imports", "Stop an import. Rows that have an outcome keep it; its file is dropped.", keys.ProfilesWrite, []int{404}}.operation(), s.cancelJob)
}

func (s *Server) createImport(ctx context.Context, in *struct {
	Key       string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$"`
	Media     string `header:"Content-Type" hidden:"true"`
	DryRun    bool   `query:"dry_run" doc:"As dry_run, source and region of the JSON, for a file that is the body."`
	Source    string `query:"source" maxLength:"40"`
	Region    string `query:"region" maxLength:"2"`
	RawBody   []byte `contentType:"application/json"`
	Delimiter string `query:"delimiter" maxLength:"1"`
	Encoding  string `query:"encoding" maxLength:"40"`
}) (*jobOutput, error) {
	w := transfer.Wish{Op: s.operationOf(ctx, in.Key), Who: who(ctx)}
	media, _, _ := mime.ParseMediaType(in.Media) // consumes has seen it
	if format, isFile := fileTypes[media]; isFile {
		w.Layout, w.Source, w.Region, w.DryRun = rows.Layout{Format: format, Encoding: in.Encoding, Delimiter: in.Delimiter}, in.Source, in.Region, transfer.DryRun(in.DryRun)
		job, err := s.Transfer.Import(ctx, w, bytes.NewReader(in.RawBody))
		return s.job(ctx, job, err)
	}
	var said newJob
	decoder := json.NewDecoder(bytes.NewReader(in.RawBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&said); err != nil && len(in.RawBody) > 0 {
		return nil, s.fail(ctx, newProblem(http.StatusUnprocessableEntity, "validation_failed", "the body is not what an import is made of"))
	}
	w.Layout = rows.Layout{Format: rows.Format(said.Format), Encoding: said.Encoding, Delimiter: said.Delimiter}
	w.Source, w.Mapping, w.Region, w.DryRun = said.Source, said.Mapping, said.Region, transfer.DryRun(said.DryRun)
	job, err := s.Transfer.Create(ctx, w)
	return s.job(ctx, job, err)
}

// job answers with a job.
func (s *Server) job(ctx context.Context, job contact.Job, err error) (*jobOutput, error) {
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &jobOutput{Body: showJob(job)}, nil
}

func (s *Server) putImportPart(ctx context.Context, in *struct {
	ID      string `path:"id" maxLength:"64"`
	N       int64  `path:"n" minimum:"1" maximum:"10000"`
	RawBody []byte `contentType:"application/octet-stream"`
}) (*jobPartOutput, error) {
	part, err := s.Transfer.AddPart(ctx, in.ID, in.N, bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &jobPartOutput{Body: JobPart{N: part.N, Size: part.Size, SHA256: part.SHA256}}, nil
}

func (s *Server) startImport(ctx context.Context, in *byID) (*jobOutput, error) {
	job, err := s.Transfer.Start(ctx, in.ID)
	if err == nil && (job.State == contact.Cancelled || job.Cancelling) {
		err = contact.NewError(contact.Conflict, "already_cancelled", "the job was cancelled: make another", nil)
	}
	if err == nil {
		s.Log.Info("import started", "job_id", job.ID, "who", who(ctx))
	}
	return s.job(ctx, job, err)
}

func (s *Server) getJob(ctx context.Context, in *byID) (*jobOutput, error) {
	job, err := s.Transfer.Find(ctx, in.ID)
	return s.job(ctx, job, err)
}

func (s *Server) cancelJob(ctx context.Context, in *byID) (*jobOutput, error) {
	job, err := s.Transfer.Cancel(ctx, in.ID)
	return s.job(ctx, job, err)
}

func (s *Server) listJobs(ctx context.Context, in *struct{ Page }) (*listOutput[Job], error) {
	out, err := page(ctx, s, in.Page, listing[contact.Job, *contact.Job, Job]{
		address: "/v1/jobs", collection: s.DB.Jobs, of: transfer.Newest(),
		show: func(j contact.Job) (Job, error) { return showJob(j), nil },
	})
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

func (s *Server) listJobRows(ctx context.Context, in *struct {
	Page
	ID      string `path:"id" maxLength:"64"`
	Outcome string `query:"outcome" enum:"created,updated,matched,flagged,rejected,skipped"`
}) (*listOutput[JobRow], error) {
	job, err := s.Transfer.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out, err := page(ctx, s, in.Page, listing[contact.JobRow, *contact.JobRow, JobRow]{
		address: address("/v1/jobs/"+job.ID+"/rows", "outcome", in.Outcome), collection: s.DB.JobRows, of: transfer.RowsOf(job.ID, contact.RowOutcome(in.Outcome)),
		show: func(r contact.JobRow) (JobRow, error) { return showJobRow(r), nil },
	})
	if err == nil {
		err = s.sayRowCandidates(ctx, out.Body.Data)
	}
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return out, nil
}

// sayRowCandidates is sayCandidates of rows.
func (s *Server) sayRowCandidates(ctx context.Context, shown []JobRow) error {
	var profiles []string
	for _, r := range shown {
		profiles = append(profiles, r.Candidates...)
	}
	roots, err := s.rootsOf(ctx, profiles)
	for n := range shown {
		shown[n].Candidates = distinctRoots(shown[n].Candidates, roots)
	}
	return err
}

func (s *Server) getJobRejects(ctx context.Context, in *byID) (*huma.StreamResponse, error) {
	job, err := s.Transfer.Find(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return s.stream(ctx, "text/csv; charset=utf-8", job.ID+"-rejects.csv", func(ctx context.Context, w io.Writer) error {
		return s.Transfer.Rejects(ctx, job.ID, w)
	}), nil
}

func showJob(j contact.Job) Job {
	shown := Job{
		ID: j.ID, State: string(j.State), DryRun: j.DryRun, Format: j.Format, Encoding: j.Encoding, Guessed: rows.Guess(j.Guess) == rows.Guessed, Delimiter: j.Delimiter, Source: j.Source, Columns: []Column{},
		Size: j.Size, Read: j.Read, Rows: j.Row, Counts: JobCounts(j.Counts), Code: j.Code, Error: j.Error, Who: j.Who, CreatedAt: j.CreatedAt,
	}
	if j.Cancelling && j.FinishedAt.IsZero() {
		shown.State = "cancelling"
	}
	for _, c := range j.Columns {
		shown.Columns = append(shown.Columns, Column{Name: c.Name, Meaning: c.Value})
	}
	if !j.StartedAt.IsZero() {
		shown.StartedAt = &j.StartedAt
	}
	if !j.FinishedAt.IsZero() {
		shown.EndedAt = &j.FinishedAt
	}
	return shown
}

func showJobRow(r contact.JobRow) JobRow {
	return JobRow{Row: r.N, Outcome: string(r.Outcome), Did: string(r.Did), Code: r.Code, Reason: r.Reason, ProfileID: r.ProfileID, OrganizationID: r.OrganizationID, Duplicates: slices.Clone(r.Duplicates), Candidates: slices.Clone(r.Candidates)}
}
