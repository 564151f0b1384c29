//go:build !race

package protocol_test

const share = 1
