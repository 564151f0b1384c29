// Package mongo keeps Usher's documents in MongoDB: a collection a kind, ordinary BSON documents, the indexes declared by package store.
// It relies on nothing but single-document operations and unique _id, so a replica set and a sharded cluster serve alike: shard every collection by hashed _id,
// as in sh.shardCollection("usher.deliveries", {_id: "hashed"}).
package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"usher/gateway/store"
)

// Driver is a store.Driver on one database.
type Driver struct {
	client *mongo.Client
	db     *mongo.Database
}

var _ store.Driver = (*Driver)(nil)

// Bounds of what a caller without a deadline waits for.
const (
	selectionTimeout = 5 * time.Second
	operationTimeout = 10 * time.Second
)

// defaultDatabase is used where the address names none.
const defaultDatabase = "usher"

// Open connects to the database that the address names. Credentials in it appear in no error.
func Open(ctx context.Context, uri string) (*Driver, error) { return open(ctx, uri, nil) }

func open(ctx context.Context, uri string, monitor *event.CommandMonitor) (*Driver, error) {
	parsed, err := connstring.Parse(uri)
	if err != nil {
		return nil, errors.New("reading mongodb address: malformed") // the error may quote the password
	}
	journaled := true
	o := options.Client().ApplyURI(uri).SetAppName("usher").
		SetServerSelectionTimeout(selectionTimeout).SetTimeout(operationTimeout).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journaled}).
		SetReadPreference(readpref.Primary()).SetReadConcern(readconcern.Local()).
		SetBSONOptions(&options.BSONOptions{UseJSONStructTags: true, NilSliceAsEmpty: false})
	if monitor != nil {
		o.SetMonitor(monitor)
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("connecting to mongodb: %w", plain(err))
	}
	if err := client.Ping(ctx, readpref.Primary()); err != nil {
		_ = client.Disconnect(ctx) // the first error says why
		return nil, fmt.Errorf("connecting to mongodb: %w", plain(err))
	}
	name := parsed.Database
	if name == "" {
		name = defaultDatabase
	}
	return &Driver{client: client, db: client.Database(name)}, nil
}

// Exclusive is false: other gateways may use the database.
func (d *Driver) Exclusive() bool { return false }

// Scrub does nothing: MongoDB reuses the space of what is deleted in its own time, and its journal and oplog turn over. Encryption at rest is its answer.
func (d *Driver) Scrub(context.Context) error { return nil }

// Ping writes, and so fails while there is no primary that takes writes.
func (d *Driver) Ping(ctx context.Context) error {
	_, err := d.db.Collection("ping").UpdateOne(ctx, bson.D{{Key: "_id", Value: "ping"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: time.Now()}}}}, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // two upserts at once: it was written
		return nil
	}
	return plain(err)
}

// Close disconnects.
func (d *Driver) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), selectionTimeout)
	defer cancel()
	return d.client.Disconnect(ctx)
}

// Prepare makes the indexes that are missing. An index of a declared name with other fields is refused: it needs a migration.
func (d *Driver) Prepare(ctx context.Context, schemas []*store.Schema) error {
	for _, s := range schemas {
		there, err := d.db.Collection(s.Name).Indexes().ListSpecifications(ctx)
		if err != nil {
			return fmt.Errorf("reading indexes of %s: %w", s.Name, plain(err))
		}
		for _, index := range s.Indexes {
			if len(index.Fields) == 0 { // the ids have theirs
				continue
			}
			made, err := madeAs(there, index)
			if err != nil {
				return fmt.Errorf("indexing %s by %s: %w", s.Name, index.Name, err)
			}
			if made {
				continue
			}
			model := mongo.IndexModel{Keys: keysOf(index), Options: options.Index().SetName(index.Name)}
			if _, err := d.db.Collection(s.Name).Indexes().CreateOne(ctx, model); err != nil {
				return fmt.Errorf("indexing %s by %s: %w", s.Name, index.Name, plain(err))
			}
		}
	}
	return nil
}

// madeAs reports whether an index is there, and fails if it has other fields.
func madeAs(there []mongo.IndexSpecification, index store.Index) (bool, error) {
	for _, spec := range there {
		if spec.Name != index.Name {
			continue
		}
		elements, err := spec.KeysDocument.Elements()
		if err != nil {
			return false, err
		}
		want := keysOf(index)
		for i, e := range elements {
			if i >= len(want) || e.Key() != want[i].Key {
				return false, errors.New("there is one of that name with other fields")
			}
		}
		if len(elements) != len(want) {
			return false, errors.New("there is one of that name with fewer fields")
		}
		return true, nil
	}
	return false, nil
}

// keysOf are an index's fields, then the id, so that its order is total.
func keysOf(index store.Index) bson.D {
	keys := bson.D{}
	for _, f := range index.Fields {
		keys = append(keys, bson.E{Key: f, Value: 1})
	}
	return append(keys, bson.E{Key: "_id", Value: 1})
}

// plain marks an error as the store's unavailability, unless the caller gave up.
func plain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
