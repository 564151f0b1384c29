package store

import (
	"context"

	"usher/gateway/contact"
)

// takeExternalIDs gives the organizations of a layout before 5 the ids that they have in other systems. Of two that have the same the first by name gets it; the other shows it until somebody takes it away there. It may be stopped and begun again.
func (db *DB) takeExternalIDs(ctx context.Context) error {
	for r := (Range{Index: "name", Limit: MaxLimit}); ; {
		page, next, err := db.Organizations.List(ctx, r)
		if err != nil {
			return err
		}
		var all []contact.ExternalID
		for _, o := range page {
			for _, known := range o.Known() {
				taken := contact.ExternalID{OrganizationID: o.ID, At: o.CreatedAt}
				taken.ID = db.Salt.ExternalIDID(known)
				all = append(all, taken)
			}
		}
		if err := db.ExternalIDs.InsertMissing(ctx, all); err != nil || next == nil {
			return err
		}
		r.After = next
	}
}
