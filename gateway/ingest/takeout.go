package ingest

import (
	"context"
	"fmt"

	"usher/adapters"
	"usher/gateway/contact"
)

// takeOut stores the files that a delivery encloses under ids of their own, because its body is dropped one day. Their ids come from the interaction and the content: a rerun, and a copy of the mail in another mailbox, store nothing twice.
func (g *Ingest) takeOut(ctx context.Context, c *inbound, body contact.Body) error {
	source, ok := g.sources[c.delivery.Source].Adapter.(adapters.Enclosing)
	if !ok {
		return nil
	}
	for _, part := range c.event.Inbound.Data.Content {
		m := part.Media
		if m == nil || m.State != contact.Enclosed {
			continue
		}
		file, err := source.Enclosed(*m, body)
		if err != nil {
			return err
		}
		ref := g.fileRef(*c, *m)
		size, err := g.db.WriteBlob(ctx, ref, file)
		if err != nil {
			return err
		}
		if size != m.Size {
			return fmt.Errorf("storing file: %d bytes instead of %d", size, m.Size)
		}
		m.StoredRef, m.State, m.ProviderID = ref, contact.InStore, ""
	}
	return nil
}
