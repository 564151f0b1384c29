package config

// Warnings lists what is allowed and probably not meant, for usher doctor.
func (c Config) Warnings() []string {
	var warnings []string
	add := func(path, text string) { warnings = append(warnings, path+": "+text) }
	for i, s := range c.Sources {
		path := item("sources", i)
		for j, secret := range s.Secrets {
			if secret.plain {
				add(item(path+".secrets", j), "the secret stands in the file; {file: PATH} or {env: NAME} keeps it out of copies")
			}
		}
	}
	return warnings
}
