package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"usher/gateway"
	"usher/gateway/contact"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/gateway/transfer"
)

// benchImport measures an import from the file to the last outcome: stored, read, resolved, matched, flagged.
type benchImport struct {
	benchStore `embed:""`
	Profiles   int `default:"100000" help:"Profiles present before."`
	Rows       int `default:"10000" help:"Rows of a round's file."`
	Known      int `default:"80" help:"Of a hundred rows, how many are of people who are there, and bring an address and a town."`
}

// Run measures rounds of both sides in turn.
func (b benchImport) Run(ctx context.Context, c console) error {
	if b.Rows*b.Rounds > b.Profiles {
		return fmt.Errorf("measuring: %d rows of known people need as many profiles", b.Rows*b.Rounds)
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	g, remove, err := b.open(ctx, address)
	if err != nil {
		return err
	}
	defer remove()
	if err := b.people().fill(ctx, g.DB, c.err); err != nil {
		return err
	}
	var ours, again, theirs []float64
	for round := range b.Rounds {
		job, rate, err := b.once(ctx, g, round)
		if err != nil {
			return err
		}
		ours = append(ours, rate)
		if rate, err = b.bare(ctx, g, job, round); err != nil {
			return err
		}
		theirs = append(theirs, rate)
		if _, rate, err = b.once(ctx, g, round); err != nil {
			return err
		}
		again = append(again, rate)
	}
	report(c.out, "rows/s", ours, theirs)
	_, err = fmt.Fprintf(c.out, "the same file again, which says nothing new: %.0f rows/s\n", median(again))
	return err
}

// once imports a round's file, from the file to the last outcome.
func (b benchImport) once(ctx context.Context, g *gateway.Gateway, round int) (contact.Job, float64, error) {
	began := time.Now()
	job, err := g.Transfer.Import(ctx, transfer.Wish{Who: "bench"}, strings.NewReader(b.file(round)))
	if err != nil {
		return job, 0, err
	}
	job, err = g.Transfer.Finish(ctx, job.ID, nil)
	if err == nil && job.State != contact.JobDone {
		err = fmt.Errorf("importing: the job is %s behind row %d", job.State, job.Row)
	}
	return job, float64(b.Rows) / time.Since(began).Seconds(), err
}

// people are those who are there before, as the other benchmark's.
func (b benchImport) people() benchIngest { return benchIngest{Profiles: b.Profiles} }

// file is a round's file.
func (b benchImport) file(round int) string {
	var file strings.Builder
	file.WriteString("Name,Email,Phone,City\n")
	for n := range b.Rows {
		row := round*b.Rows + n
		number := b.people().number(row * 7919 % b.Profiles)
		if n%100 >= b.Known {
			number = fmt.Sprintf("+1628%07d", 2_000_000+row)
		}
		_, _ = fmt.Fprintf(&file, "%s,r%d@mail.example,%s,Town %d\n", senderName(number), row, number, row%500)
	}
	return file.String()
}

// bare writes copies of the rows that a job left behind, in the same steps, and nothing else.
func (b benchImport) bare(ctx context.Context, g *gateway.Gateway, job contact.Job, round int) (float64, error) {
	all := make([]importedRow, b.Rows)
	err := inParallel(b.Rows, func(i int) (err error) {
		all[i], err = copyImported(ctx, g.DB, job, int64(i+1), fmt.Sprint(round))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading what was written: %w", err)
	}
	began := time.Now()
	if err := inParallel(len(all), func(i int) error { return all[i].write(ctx, g.DB) }); err != nil {
		return 0, err
	}
	outcomes := make([]contact.JobRow, len(all))
	for i := range all {
		outcomes[i] = all[i].outcome
	}
	err = g.DB.JobRows.InsertMissing(ctx, outcomes)
	return float64(len(all)) / time.Since(began).Seconds(), err
}

// importedRow is what one row left behind.
type importedRow struct {
	outcome    contact.JobRow
	profile    contact.Profile
	made       bool
	identities []contact.Identity
	keys       []store.BlockKey
	flags      []contact.Duplicate
}

// copyImported reads what a row wrote, under ids of a copy.
func copyImported(ctx context.Context, db *store.DB, job contact.Job, n int64, round string) (r importedRow, err error) {
	found, _, err := db.JobRows.List(ctx, store.Range{Index: "row", Equal: []any{job.ID}, Lower: n, Limit: 1})
	if err != nil || len(found) == 0 {
		return r, fmt.Errorf("reading outcome: %w", err)
	}
	r.outcome = found[0]
	if r.profile, err = db.Profiles.Find(ctx, r.outcome.ProfileID); err != nil {
		return r, err
	}
	by := fmt.Sprintf("%s.%d", job.ID, n)
	r.made = r.profile.Origin == by
	held, _, err := db.Identities.List(ctx, store.Range{Index: "profile", Equal: []any{r.profile.ID}, Limit: store.MaxLimit})
	if err != nil {
		return r, err
	}
	for _, i := range held {
		if i.Origin != nil && i.Origin.By == by {
			i.ID, i.Of, i.Value = i.ID+round, i.ID+round, i.Value+round
			r.identities = append(r.identities, i)
		}
	}
	keys, err := lookup.New(db).Rows(ctx, r.profile)
	if err != nil {
		return r, err
	}
	if !r.made && len(keys) > 8 { // a known one gained those of its address and its town
		keys = keys[:8]
	}
	for _, k := range keys {
		sum := sha256.Sum256([]byte(k.ID + round))
		k.ID = hex.EncodeToString(sum[:lookup.KeySize/2]) + r.profile.ID
		r.keys = append(r.keys, k)
	}
	flags, err := db.Duplicates.FindAll(ctx, r.outcome.Duplicates...)
	if err != nil {
		return r, err
	}
	for _, d := range flags {
		d.ID, d.A, d.B = d.ID+round, d.A+round, d.B+round
		r.flags = append(r.flags, d)
	}
	r.outcome.ID, r.outcome.JobID = r.outcome.ID+round, "bare"+round
	return r, nil
}

// write is the way of a row without its thoughts.
func (r importedRow) write(ctx context.Context, db *store.DB) error {
	for _, i := range r.identities {
		if err := db.Identities.Insert(ctx, i); err != nil {
			return err
		}
	}
	p := r.profile
	if r.made {
		p.ID += "bare"
		if err := db.Profiles.Insert(ctx, p); err != nil {
			return err
		}
		p.Version = 1
	}
	if err := db.BlockKeys.InsertMissing(ctx, r.keys); err != nil {
		return err
	}
	for _, d := range r.flags {
		if err := db.Duplicates.Insert(ctx, d); err != nil {
			return err
		}
	}
	_, err := db.Profiles.Swap(ctx, p)
	return err
}
