package ingest

import (
	"errors"
	"io"

	"usher/gateway/contact"
)

// watched is a body that remembers that it could not be read. An adapter may take what it got for all there is.
type watched struct {
	contact.Body
	failed error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Body.Read(p)
	return n, w.note(err)
}

func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := w.Body.ReadAt(p, at)
	return n, w.note(err)
}

func (w *watched) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) && w.failed == nil {
		w.failed = err
	}
	return err
}
