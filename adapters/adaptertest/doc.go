// Package adaptertest holds the cases that every adapter passes: what is genuine is taken, what is forged is refused with nothing to store, a repeat has the same key, either of two secrets proves, both functions are pure, and captured requests read as their golden files say.
//
// An adapter's test gives a [Suite] and calls [Run]; its fuzzers call [FuzzNormalize] and [FuzzReceive]. A captured case is a folder of testdata:
//
//	source.yaml    the configuration it was captured under: a file with one source
//	request.http   the request: first line, headers, an empty line, and the body to the last byte. Its Date is when it was received
//	want.json      what became of it, written by go test -update
package adaptertest
