//go:build race

package protocol_test

// share is which part of a full search runs under the race detector, which makes it many times slower: one in so many cases, others each time.
const share = 40
