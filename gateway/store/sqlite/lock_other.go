//go:build !unix

package sqlite

import (
	"fmt"
	"os"
)

// lockFile holds the file open; without an advisory lock it is the operator who keeps a second process away.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking store: %w", err)
	}
	return f, nil
}
