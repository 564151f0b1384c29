// Package store says what Usher asks of a database: documents that are inserted by id, read by id, replaced by compare-and-set on a version, and listed in the order of a declared index.
//
// That is all, and on purpose: these operations mean the same on a MongoDB replica set, on a sharded cluster and in an SQLite file. Uniqueness comes from ids alone; no transaction, no partial or
// unique secondary index, no upsert and no server-side expiry is needed for correctness (gateway/docs/001-one-document-driver.md). A Driver implements them; DB gives each kind of document its typed Collection.
// storetest is the suite every driver passes.
package store
