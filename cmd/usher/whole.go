package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// wholeFile is a file that gets its name when it is whole: what breaks off leaves nothing there, or what was there before.
type wholeFile struct {
	*os.File
	path string // what it will be called; empty: it is what it is called, such as a pipe
}

// createWhole begins a file, and fails where none can be written. Only its owner reads it.
func createWhole(path string) (wholeFile, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	there, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return wholeFile{}, err
	default: // it says itself whether it may be written
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil || !there.Mode().IsRegular() {
			return wholeFile{File: file}, err
		}
		if err := file.Close(); err != nil {
			return wholeFile{}, err
		}
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return wholeFile{}, fmt.Errorf("beginning %s: %w", path, err)
	}
	return wholeFile{file, path}, nil
}

// keep ends the file and gives it its name.
func (f wholeFile) keep() error {
	if f.path == "" {
		return f.Close()
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), f.path)
}

// drop ends the file without it.
func (f wholeFile) drop() {
	_ = f.Close()
	if f.path != "" {
		_ = os.Remove(f.Name())
	}
}
