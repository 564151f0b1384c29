package email

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// inMemory is up to which size a mail is held in memory on its way; a larger one goes through a file.
const inMemory = 256 << 10

// spooled is one mail, whole.
type spooled struct {
	io.Reader
	file *os.File
}

// spool reads a mail of an announced size from the connection, as fast as it comes.
func spool(from io.Reader, size int64) (*spooled, error) {
	if size <= inMemory {
		body := make([]byte, size)
		_, err := io.ReadFull(from, body)
		return &spooled{Reader: bytes.NewReader(body)}, err
	}
	file, err := os.CreateTemp("", "usher-mail-")
	if err != nil {
		return nil, fmt.Errorf("spooling mail: %w", err)
	}
	_ = os.Remove(file.Name()) // it lives as long as it is open; where that does not work, close removes it
	s := &spooled{Reader: file, file: file}
	_, err = io.CopyN(file, from, size)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("spooling mail: %w", err)
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
