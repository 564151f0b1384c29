package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"usher/config"
)

// settings say where the configuration and the data are; all commands that work on a store share them.
type settings struct {
	Config string `short:"c" type:"path" help:"Configuration file (YAML). Without one the defaults hold." placeholder:"FILE"`
	Data   string `type:"path" help:"Folder of the embedded store, if the configuration names no other store. Default: usher in the user's data folder." placeholder:"DIR"`
}

// load reads the configuration and settles which store it means.
func (s settings) load(c console) (config.Config, error) {
	cfg, err := config.Load(s.Config, c.environ)
	if err != nil || !cfg.Store.URI.IsZero() {
		return cfg, err
	}
	dir := s.Data
	if dir == "" {
		if dir, err = dataDir(); err != nil {
			return cfg, err
		}
	}
	cfg.Store.URI = config.NewURI("sqlite://" + filepath.Join(dir, "usher.db"))
	return cfg, nil
}

// dataDir is the user's folder for data that programs keep: $XDG_DATA_HOME/usher or ~/.local/share/usher, on macOS and Windows the folder for application data.
func dataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "usher"), nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		dir, err := os.UserConfigDir()
		return filepath.Join(dir, "usher"), err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding data folder (say it with --data): %w", err)
	}
	return filepath.Join(home, ".local", "share", "usher"), nil
}
