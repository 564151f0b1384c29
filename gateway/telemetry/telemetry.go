// Package telemetry counts what happens. A nil *Metrics counts nothing, so that tests and tools need none.
package telemetry
