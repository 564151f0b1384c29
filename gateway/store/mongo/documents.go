package mongo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"usher/gateway/contact"
	"usher/gateway/store"
)

// Insert adds a document. After a lost connection the driver's own retry may find its first try: the answer is then ErrExists for a document that is the caller's, which every caller copes with.
func (d *Driver) Insert(ctx context.Context, s *store.Schema, doc contact.Stored) error {
	return retried(ctx, func() error {
		_, err := d.db.Collection(s.Name).InsertOne(ctx, doc)
		if mongo.IsDuplicateKeyError(err) {
			return store.ErrExists
		}
		return err
	})
}

// InsertMissing adds the documents whose ids are free, in one request.
func (d *Driver) InsertMissing(ctx context.Context, s *store.Schema, docs []contact.Stored) error {
	return retried(ctx, func() error {
		_, err := d.db.Collection(s.Name).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
		if allTaken(err) {
			return nil
		}
		return err
	})
}

// allTaken reports whether nothing went wrong with a bulk insert but ids that were taken.
func allTaken(err error) bool {
	var failed mongo.BulkWriteException
	if !errors.As(err, &failed) || failed.WriteConcernError != nil {
		return false
	}
	return !slices.ContainsFunc(failed.WriteErrors, func(e mongo.BulkWriteError) bool { return !mongo.IsDuplicateKeyError(e.WriteError) })
}

// Swap replaces a document if its version is still old.
func (d *Driver) Swap(ctx context.Context, s *store.Schema, doc contact.Stored, old int64) error {
	return retried(ctx, func() error {
		result, err := d.db.Collection(s.Name).ReplaceOne(ctx, versioned(doc.Base().ID, old), doc)
		if err == nil && result.MatchedCount == 0 {
			return store.ErrStale
		}
		return err
	})
}

// Delete removes a document if its version is still old.
func (d *Driver) Delete(ctx context.Context, s *store.Schema, id string, old int64) error {
	return retried(ctx, func() error {
		result, err := d.db.Collection(s.Name).DeleteOne(ctx, versioned(id, old))
		if err == nil && result.DeletedCount == 0 {
			return store.ErrStale
		}
		return err
	})
}

func versioned(id string, version int64) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "v", Value: version}}
}

// writeConflict is the server's code for two writers at one document; the loser tries again.
const writeConflict = 112

// maxTries bounds how often a write is tried that another one collided with.
const maxTries = 8

// retried runs one write until it did not collide. Errors are told apart by code, never by text.
func retried(ctx context.Context, write func() error) error {
	for try := 1; ; try++ {
		err := write()
		var failed mongo.ServerError
		if try == maxTries || !errors.As(err, &failed) || !failed.HasErrorCode(writeConflict) {
			return answer(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		}
	}
}

// answer leaves the answers of a store as they are and marks everything else.
func answer(err error) error {
	if err == nil || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrStale) {
		return err
	}
	return plain(err)
}

// Read finds documents by id.
func (d *Driver) Read(ctx context.Context, s *store.Schema, ids []string, found func(store.Decode) error) error {
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
	if len(ids) == 1 {
		filter = bson.D{{Key: "_id", Value: ids[0]}}
	}
	return d.find(ctx, s, filter, options.Find(), found)
}

func (d *Driver) find(ctx context.Context, s *store.Schema, filter bson.D, o *options.FindOptionsBuilder, found func(store.Decode) error) error {
	cursor, err := d.db.Collection(s.Name).Find(ctx, filter, o)
	if err != nil {
		return plain(err)
	}
	defer func() { _ = cursor.Close(ctx) }()
	for cursor.Next(ctx) {
		if err := found(decode(cursor)); err != nil {
			return err
		}
	}
	return plain(cursor.Err())
}

func decode(cursor *mongo.Cursor) store.Decode {
	return func(into any) error {
		if err := cursor.Decode(into); err != nil {
			return fmt.Errorf("decoding document: %w", err)
		}
		return nil
	}
}

// Range lists documents in the order of an index.
func (d *Driver) Range(ctx context.Context, s *store.Schema, r store.Range, found func(store.Decode) error) error {
	index, err := s.Check(r)
	if err != nil {
		return err
	}
	rest := append(append([]string{}, index.Fields[len(r.Equal):]...), "_id")
	o := options.Find().SetSort(order(rest, r.Descending)).SetLimit(int64(r.Limit)).SetBatchSize(int32(r.Limit))
	return d.find(ctx, s, filterOf(index, r, rest), o, found)
}

// maxAtOnce bounds how many ranges are asked for at the same time.
const maxAtOnce = 8

// Ranges lists several ranges, some at the same time: each is a request, and what takes time is the way.
func (d *Driver) Ranges(ctx context.Context, s *store.Schema, all []store.Range, found func(store.Decode) error) error {
	lists := make([][]bson.Raw, len(all))
	var together errgroup.Group
	together.SetLimit(maxAtOnce)
	for i, r := range all {
		together.Go(func() error {
			return d.Range(ctx, s, r, func(decode store.Decode) error {
				var doc bson.Raw
				err := decode(&doc)
				lists[i] = append(lists[i], slices.Clone(doc))
				return err
			})
		})
	}
	if err := together.Wait(); err != nil {
		return err
	}
	for _, doc := range slices.Concat(lists...) {
		if err := found(d.decodeRaw(doc)); err != nil {
			return err
		}
	}
	return nil
}

// decodeRaw decodes a document as a cursor of the client would.
func (d *Driver) decodeRaw(doc bson.Raw) store.Decode {
	return func(into any) error {
		decoder := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(doc)))
		decoder.UseJSONStructTags()
		if err := decoder.Decode(into); err != nil {
			return fmt.Errorf("decoding document: %w", err)
		}
		return nil
	}
}

// order sorts by all fields in one direction.
func order(fields []string, descending bool) bson.D {
	direction := 1
	if descending {
		direction = -1
	}
	sort := bson.D{}
	for _, f := range fields {
		sort = append(sort, bson.E{Key: f, Value: direction})
	}
	return sort
}

// filterOf is a range as a filter: the equal fields, the bounds, and what lies behind the last page.
func filterOf(index store.Index, r store.Range, rest []string) bson.D {
	filter := bson.D{}
	for i, v := range r.Equal {
		filter = append(filter, bson.E{Key: index.Fields[i], Value: v})
	}
	if bounds := boundsOf(r); len(bounds) > 0 {
		filter = append(filter, bson.E{Key: rest[0], Value: bounds})
	}
	if r.After != nil {
		filter = append(filter, bson.E{Key: "$or", Value: behind(rest, r.After, r.Descending)})
	}
	return filter
}

// boundsOf bounds the first field after the equal ones. Where a page ended bounds it too: the server does not see that in the alternatives, and would walk the index from its start.
func boundsOf(r store.Range) bson.D {
	bounds := bson.D{}
	switch {
	case r.After != nil && !r.Descending:
		bounds = append(bounds, bson.E{Key: "$gte", Value: r.After[0]})
	case r.Lower != nil:
		bounds = append(bounds, bson.E{Key: "$gte", Value: r.Lower})
	}
	switch {
	case r.After != nil && r.Descending:
		bounds = append(bounds, bson.E{Key: "$lte", Value: r.After[0]})
	case r.Upper != nil:
		bounds = append(bounds, bson.E{Key: "$lt", Value: r.Upper})
	}
	return bounds
}

// behind spells "(a, b, _id) > (x, y, z)" out: MongoDB has no comparison of rows.
func behind(fields []string, values []any, descending bool) bson.A {
	operator := "$gt"
	if descending {
		operator = "$lt"
	}
	alternatives := bson.A{}
	for i := range fields {
		one := bson.D{}
		for j := range i {
			one = append(one, bson.E{Key: fields[j], Value: values[j]})
		}
		alternatives = append(alternatives, append(one, bson.E{Key: fields[i], Value: bson.D{{Key: operator, Value: values[i]}}}))
	}
	return alternatives
}

// Count counts the documents whose leading index fields are equal.
func (d *Driver) Count(ctx context.Context, s *store.Schema, r store.Range) (int64, error) {
	index, err := s.Check(store.Range{Index: r.Index, Equal: r.Equal, Limit: 1})
	if err != nil {
		return 0, err
	}
	o := options.Count()
	if r.Limit > 0 {
		o.SetLimit(int64(r.Limit))
	}
	n, err := d.db.Collection(s.Name).CountDocuments(ctx, filterOf(index, store.Range{Equal: r.Equal}, nil), o)
	return n, plain(err)
}
