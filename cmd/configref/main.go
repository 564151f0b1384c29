// Command configref writes the configuration's JSON Schema and its reference
// page from the comments of the structs. Run it by
//
//	go generate ./config
//
// It stands here and not in config because it knows the adapters' sections.
package main

import (
	"fmt"
	"os"
)

func main() {
	// go generate runs it in the folder of config.
	if err := write("usher/config", ".."); err != nil {
		fmt.Fprintln(os.Stderr, "configref:", err)
		os.Exit(1)
	}
}

func write(here, root string) error {
	files, err := generate(here, root)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	return nil
}

// generate makes the files of config by name. The comments are read from the
// sources under root, seen from the package here.
func generate(here, root string) (map[string][]byte, error) {
	schema, err := newSchema(here, root, sections)
	if err != nil {
		return nil, err
	}
	text, err := encode(schema)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"schema.json": text, "reference.md": reference(schema, sections)}, nil
}
