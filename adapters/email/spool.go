package email

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// inMemory is up to which size a mail is held in memory on its way; a larger one goes through a file.
const inMemory = 256 << 10

// errTruncated marks a mail that came shorter than the server had announced. The library hands such a half out without an error when the connection ends.
var errTruncated = errors.New("the mail broke off")

// spooled is one mail, whole.
type spooled struct {
	io.Reader
	file *os.File
}

// spool reads a mail of an announced size from the connection, as fast as it comes.
func spool(from io.Reader, size int64) (*spooled, error) {
	if size <= inMemory {
		body := make([]byte, size)
		if _, err := io.ReadFull(from, body); err != nil {
			return nil, errTruncated
		}
		return &spooled{Reader: bytes.NewReader(body)}, nil
	}
	file, err := os.CreateTemp("", "usher-mail-")
	if err != nil {
		return nil, fmt.Errorf("spooling mail: %w", err)
	}
	_ = os.Remove(file.Name()) // it lives as long as it is open; where that does not work, close removes it
	s := &spooled{Reader: file, file: file}
	n, err := io.Copy(file, io.LimitReader(from, size))
	if err == nil && n != size {
		err = errTruncated
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *spooled) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close() // it was only read
	_ = os.Remove(s.file.Name())
}
