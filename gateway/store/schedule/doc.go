// Package schedule tests protocols over a store: each process parks before every call until it is picked, and reads of several documents are split, so that a run is decided by a list of choices alone.
// Explore tries schedules in order within bounds, Search tries all of them on a store in memory, Play follows one that is written down.
package schedule
