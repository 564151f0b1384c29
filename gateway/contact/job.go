package contact

import "time"

// Job is an import: a file that was handed in, and how far it has been read.
type Job struct {
	Document `bson:",inline"`

	State JobState `json:"state"`
	// Cancelling says that somebody wants it to end. What was begun is finished first: a row that stopped half way would be nobody's.
	Cancelling bool `json:"cancelling,omitempty"`
	// Queue is Importing while somebody has to work on it, else empty: gateways claim by (queue, due).
	Queue string    `json:"queue"`
	Due   time.Time `json:"due"` // not before; a lease's end while leased
	Lease *Lease    `json:"lease,omitempty"`

	Format    string `json:"format,omitempty"` // csv, ndjson, json, vcard; empty: still to be found out, as the next three
	Encoding  string `json:"encoding,omitempty"`
	Delimiter string `json:"delimiter,omitempty"`
	Guess     string `json:"guess,omitempty"`   // how the encoding was told, of rows.Guess
	Source    string `json:"source,omitempty"`  // whose export it is
	Mapping   []Pair `json:"mapping,omitempty"` // what was said that columns mean
	Region    string `json:"region,omitempty"`  // for national numbers
	DryRun    bool   `json:"dry_run,omitempty"`
	Columns   []Pair `json:"columns,omitempty"` // of a file with a header: what each is taken for

	Size   int64     `json:"size"`           // bytes of the file
	Read   int64     `json:"read"`           // bytes of it that were read
	Row    int64     `json:"row"`            // rows up to this one have an outcome
	Counts JobCounts `json:"counts"`         // of rows, by outcome
	Code   string    `json:"code,omitempty"` // why it failed, in one word
	Error  string    `json:"error,omitempty"`
	Tries  int       `json:"tries,omitempty"` // in a row that failed

	Who        string    `json:"who"`
	CreatedAt  time.Time `json:"created_at"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at"` // zero until then; what is finished is dropped when its time is over
}

// JobState is what a job is doing.
type JobState string

// The states.
const (
	Uploading JobState = "uploading"
	Queued    JobState = "queued"
	Running   JobState = "running"
	JobDone   JobState = "done"
	JobFailed JobState = "failed"
	Cancelled JobState = "cancelled"
)

// Importing is the queue of jobs that somebody has to work on.
const Importing = "import"

// JobCounts are how many rows had each outcome.
type JobCounts struct {
	Created  int64 `json:"created"`
	Updated  int64 `json:"updated"`
	Matched  int64 `json:"matched"`
	Flagged  int64 `json:"flagged"`
	Rejected int64 `json:"rejected"`
	Skipped  int64 `json:"skipped"`
}

// RowOutcome is what became of one row.
type RowOutcome string

// The outcomes of rows.
const (
	RowCreated  RowOutcome = "created"
	RowUpdated  RowOutcome = "updated"
	RowMatched  RowOutcome = "matched"  // it said nothing new
	RowFlagged  RowOutcome = "flagged"  // it was entered, and somebody else may be the same person
	RowRejected RowOutcome = "rejected" // nothing was written of it
	RowSkipped  RowOutcome = "skipped"  // there is nothing in it to import: history in Usher's own export
)

// RowOutcomes are all of them in the order they are shown.
var RowOutcomes = []RowOutcome{RowCreated, RowUpdated, RowMatched, RowFlagged, RowRejected, RowSkipped}

// Of is the count of an outcome.
func (c *JobCounts) Of(o RowOutcome) *int64 {
	switch o {
	case RowCreated:
		return &c.Created
	case RowUpdated:
		return &c.Updated
	case RowMatched:
		return &c.Matched
	case RowFlagged:
		return &c.Flagged
	case RowSkipped:
		return &c.Skipped
	}
	return &c.Rejected
}

// Sum is how many rows were counted.
func (c *JobCounts) Sum() int64 {
	return c.Created + c.Updated + c.Matched + c.Flagged + c.Rejected + c.Skipped
}

// JobPart is a piece of a job's file.
type JobPart struct {
	Document `bson:",inline"`

	JobID  string `json:"job_id"`
	N      int64  `json:"n"` // from 1
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Blob   string `json:"blob"` // the owner of its chunks
}

// JobRow is what became of one row of a job's file.
type JobRow struct {
	Document `bson:",inline"`

	JobID     string     `json:"job_id"`
	N         int64      `json:"n"` // of the row, from 1
	Outcome   RowOutcome `json:"outcome"`
	Code      string     `json:"code,omitempty"`   // why it was rejected, or what is to be said of it otherwise
	Reason    string     `json:"reason,omitempty"` // the same for people; nothing of what stands in the row
	ProfileID string     `json:"profile_id,omitempty"`

	OrganizationID string `json:"organization_id,omitempty"` // of a row that is an organization

	Did        RowOutcome `json:"did,omitempty"` // of a flagged one: created, updated or matched
	Duplicates []string   `json:"duplicates,omitempty"`
	Candidates []string   `json:"candidates,omitempty"`
	Raw        string     `json:"raw,omitempty"` // of a rejected one: how it begins
}
