package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"usher/gateway/contact"
)

// DB is the collections of one workspace in one database.
type DB struct {
	Meta         Collection[Meta, *Meta]
	Deliveries   Collection[contact.Delivery, *contact.Delivery]
	Blobs        Collection[Chunk, *Chunk]
	Uploads      Collection[Upload, *Upload]
	Marks        Collection[Mark, *Mark]
	Polled       Collection[Polled, *Polled]
	Events       Collection[Event, *Event]
	Identities   Collection[contact.Identity, *contact.Identity]
	Profiles     Collection[contact.Profile, *contact.Profile]
	Interactions Collection[contact.Interaction, *contact.Interaction]
	Duplicates   Collection[contact.Duplicate, *contact.Duplicate]
	BlockKeys    Collection[BlockKey, *BlockKey]
	HotKeys      Collection[HotKey, *HotKey]
	SearchTerms  Collection[SearchTerm, *SearchTerm]
	Decisions    Collection[contact.Decision, *contact.Decision]
	Unlisted     Collection[Unlisted, *Unlisted]
	Unfinished   Collection[Unfinished, *Unfinished]
	NotSame      Collection[contact.NotSame, *contact.NotSame]
	Evidence     Collection[contact.Basis, *contact.Basis]
	Blocks       Collection[contact.Block, *contact.Block]
	Quarantine   Collection[contact.Quarantine, *contact.Quarantine]
	Consents     Collection[contact.Consents, *contact.Consents]
	Keys         Collection[Key, *Key]
	Answers      Collection[Answer, *Answer]
	Erasures     Collection[Erasure, *Erasure]
	Jobs         Collection[contact.Job, *contact.Job]
	JobParts     Collection[contact.JobPart, *contact.JobPart]
	JobRows      Collection[contact.JobRow, *contact.JobRow]
	ClaimLinks   Collection[ClaimLink, *ClaimLink]
	Endpoints    Collection[Endpoint, *Endpoint]
	Sendings     Collection[Sending, *Sending]
	Undelivered  Collection[Undelivered, *Undelivered]

	Organizations Collection[contact.Organization, *contact.Organization]
	Domains       Collection[contact.Domain, *contact.Domain]
	Memberships   Collection[contact.Membership, *contact.Membership]
	ExternalIDs   Collection[contact.ExternalID, *contact.ExternalID]

	// Salt makes this database's ids.
	Salt contact.Salt

	driver  Driver
	schemas []*Schema
}

// Open prepares the collections on a driver. It makes the salt on the first start; the driver is closed with the DB.
func Open(ctx context.Context, d Driver) (*DB, error) {
	d = &witness{Driver: d}
	db := &DB{driver: d}
	schemas, err := db.declare(d)
	if err != nil {
		return nil, err
	}
	if err := d.Prepare(ctx, schemas); err != nil {
		return nil, fmt.Errorf("preparing store: %w", err)
	}
	db.schemas = schemas
	meta, err := db.meta(ctx)
	if err != nil {
		return nil, err
	}
	db.Salt = meta.Salt
	return db, db.migrate(ctx, meta)
}

// declare binds each collection to the driver; a first mistake in a declaration is returned.
func (db *DB) declare(d Driver) ([]*Schema, error) {
	b := &binder{driver: d}
	db.Meta = bind[Meta](b, "meta")
	db.Deliveries = bind[contact.Delivery](b, "deliveries",
		Index{"queue", []string{"queue", "due"}},
		Index{"outcome", []string{"outcome", "source", "received_at"}},
		Index{"received", []string{"received_at"}})
	db.Blobs = bind[Chunk](b, "blobs", Index{"owner", []string{"owner", "n"}})
	db.Uploads = bind[Upload](b, "uploads", Index{"started", []string{"started_at"}})
	db.Marks = bind[Mark](b, "marks")
	db.Polled = bind[Polled](b, "sources")
	db.Events = bind[Event](b, "events", Index{"at", []string{"at"}})
	db.Identities = bind[contact.Identity](b, "identities",
		Index{"of", []string{"of"}},
		Index{"profile", []string{"profile_id"}},
		Index{"value", []string{"value"}},
		Index{"mail_domain", []string{"mail_domain"}})
	db.Profiles = bind[contact.Profile](b, "profiles",
		Index{"created", []string{"created_at"}},
		Index{"merged_into", []string{"merged_into"}})
	db.Interactions = bind[contact.Interaction](b, "interactions",
		Index{"occurred", []string{"occurred_at"}},
		Index{"profile", []string{"profile_id", "occurred_at"}},
		Index{"identity", []string{"identity_id", "occurred_at"}},
		Index{"organization", []string{"organization_id", "occurred_at"}})
	db.Duplicates = bind[contact.Duplicate](b, "duplicates",
		Index{"status", []string{"status", "flagged_at"}},
		Index{"rank", []string{"status", "rank"}},
		Index{"a", []string{"a"}},
		Index{"b", []string{"b"}})
	db.BlockKeys = bind[BlockKey](b, "block_keys", Index{"id", nil})
	db.SearchTerms = bind[SearchTerm](b, "search_terms", Index{"id", nil})
	db.Profiles.before, db.Profiles.alike = db.putTerms, searchedAlike
	db.HotKeys = bind[HotKey](b, "hot_keys", Index{"kind", []string{"kind"}}, Index{"relook", []string{"relook"}})
	db.Decisions = bind[contact.Decision](b, "decisions",
		Index{"n", []string{"n"}},
		Index{"op", []string{"op"}},
		Index{"a", []string{"a", "n"}},
		Index{"b", []string{"b", "n"}},
		Index{"at", []string{"at"}},
		Index{"late", []string{"late"}},
		Index{"subject", []string{"subject", "at"}},
		Index{"object", []string{"object", "at"}})
	db.Unlisted = bind[Unlisted](b, "unlisted", Index{"at", []string{"at"}})
	db.Unfinished = bind[Unfinished](b, "unfinished", Index{"at", []string{"at"}})
	db.NotSame = bind[contact.NotSame](b, "not_same", Index{"a", []string{"a"}}, Index{"b", []string{"b"}})
	db.Evidence = bind[contact.Basis](b, "evidence", Index{"a", []string{"a"}}, Index{"b", []string{"b"}}, Index{"flag", []string{"flag"}}, Index{"at", []string{"at"}})
	db.Blocks = bind[contact.Block](b, "blocks",
		Index{"state", []string{"state", "at"}},
		Index{"pending", []string{"pending"}})
	db.Quarantine = bind[contact.Quarantine](b, "quarantine",
		Index{"at", []string{"at"}},
		Index{"state", []string{"state", "at"}},
		Index{"identity", []string{"identity", "at"}},
		Index{"interaction", []string{"interaction"}},
		Index{"weaker", []string{"weaker"}},
		Index{"pending", []string{"pending"}})
	db.Consents = bind[contact.Consents](b, "consents",
		Index{"identity", []string{"identity"}},
		Index{"pending", []string{"pending"}})
	db.Keys = bind[Key](b, "api_keys",
		Index{"created", []string{"created_at"}},
		Index{"hash", []string{"hash"}})
	db.Answers = bind[Answer](b, "idempotency", Index{"expires", []string{"expires_at"}})
	db.Erasures = bind[Erasure](b, "erasures", Index{"state", []string{"state", "due"}})
	db.Organizations = bind[contact.Organization](b, "organizations", Index{"name", []string{"name_key"}})
	db.Domains = bind[contact.Domain](b, "domains",
		Index{"organization", []string{"organization_id", "domain"}},
		Index{"queue", []string{"queue"}})
	db.ExternalIDs = bind[contact.ExternalID](b, "external_ids")
	db.Memberships = bind[contact.Membership](b, "memberships",
		Index{"profile", []string{"profile_id", "state"}},
		Index{"organization", []string{"organization_id", "state", "since"}})
	db.Jobs = bind[contact.Job](b, "jobs",
		Index{"queue", []string{"queue", "due"}},
		Index{"created", []string{"created_at"}},
		Index{"finished", []string{"finished_at"}})
	db.JobParts = bind[contact.JobPart](b, "job_parts", Index{"part", []string{"job_id", "n"}})
	db.JobRows = bind[contact.JobRow](b, "job_rows",
		Index{"row", []string{"job_id", "n"}},
		Index{"outcome", []string{"job_id", "outcome", "n"}})
	db.ClaimLinks = bind[ClaimLink](b, "claim_links",
		Index{"profile", []string{"profile_id"}},
		Index{"expires", []string{"expires_at"}})
	db.Endpoints = bind[Endpoint](b, "webhook_endpoints", Index{"created", []string{"created_at"}})
	db.Sendings = bind[Sending](b, "webhook_sendings")
	db.Undelivered = bind[Undelivered](b, "webhook_undelivered", Index{"endpoint", []string{"endpoint_id", "state", "at"}})
	return b.schemas, b.err
}

// binder collects the schemas while they are declared.
type binder struct {
	driver  Driver
	schemas []*Schema
	err     error
}

func bind[T any, P interface {
	*T
	contact.Stored
}](b *binder, name string, indexes ...Index) Collection[T, P] {
	c, err := NewCollection[T, P](b.driver, name, indexes...)
	b.err = errors.Join(b.err, err)
	b.schemas = append(b.schemas, c.schema)
	return c
}

// meta reads what the database is, or says it: the first to insert the salt decides.
func (db *DB) meta(ctx context.Context) (Meta, error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return Meta{}, fmt.Errorf("making salt: %w", err)
	}
	err := db.Meta.Insert(ctx, Meta{Document: contact.Document{ID: metaID}, Salt: fresh, Layout: Layout, CreatedAt: Now()})
	if err != nil && !errors.Is(err, ErrExists) {
		return Meta{}, err
	}
	meta, err := db.Meta.Find(ctx, metaID)
	if err == nil && meta.Layout > Layout {
		err = fmt.Errorf("opening store: its layout %d is newer than %d, which this version understands", meta.Layout, Layout)
	}
	return meta, err
}

// migrate brings a database of an older layout to this one, forward only. Tables have been rebuilt by the driver when they were prepared; here the number follows.
func (db *DB) migrate(ctx context.Context, meta Meta) error {
	if meta.Layout == Layout {
		return nil
	}
	var err error
	if meta.Layout < 3 {
		err = db.fillTerms(ctx)
	}
	if err == nil && meta.Layout < 4 {
		err = db.moveReasons(ctx)
	}
	if err == nil {
		err = db.takeExternalIDs(ctx)
	}
	if err != nil {
		return fmt.Errorf("bringing the store from layout %d to %d: %w", meta.Layout, Layout, err)
	}
	meta.Layout = Layout
	_, err = db.Meta.Swap(ctx, meta)
	if errors.Is(err, ErrStale) { // another gateway did it
		return nil
	}
	return err
}

// PolledID is the id of the place of a source that is polled.
func (db *DB) PolledID(source string) string { return db.Salt.ID("src_", source) }

// Collections are the names of all collections.
func (db *DB) Collections() []string {
	names := make([]string, len(db.schemas))
	for i, s := range db.schemas {
		names[i] = s.Name
	}
	return names
}

// ErasureID is the id of the erasure of the person that a profile speaks for.
func (db *DB) ErasureID(profile string) string { return db.Salt.ID(contact.ErasurePrefix, profile) }

// Scrub makes what was deleted or replaced before it unreadable in the database's files, as far as the database can: see Driver.
func (db *DB) Scrub(ctx context.Context) error { return db.driver.Scrub(ctx) }

// Exclusive reports whether no other process can be using the database.
func (db *DB) Exclusive() bool { return db.driver.Exclusive() }

// Ping fails unless the database can be written to now, and for some seconds after a write failed.
func (db *DB) Ping(ctx context.Context) error { return db.driver.Ping(ctx) }

// Close closes the database.
func (db *DB) Close() error { return db.driver.Close() }
