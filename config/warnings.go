package config

import "strings"

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
		public := c.PublicURL(s)
		if public == "" {
			add(path+".public_url", "not set, and listen.public_url neither: providers that sign the address will be refused")
		}
		if strings.HasPrefix(public, "http://") {
			add(path+".public_url", "not https: webhooks travel in the clear up to the proxy")
		}
	}
	return warnings
}
