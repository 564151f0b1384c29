package transfer_test

// scope says of each collection what becomes of it in an export. A collection that is in neither list fails a test: whoever adds one decides.
type scope struct {
	lines   map[string]string // the type of the lines that its documents are
	leftOut map[string]string // why it is in none
}

// onePerson is the scope of an export of one person: all that privacy.Treated calls personal.
var onePerson = scope{
	lines: map[string]string{
		"profiles":     "profile",
		"identities":   "identity",
		"interactions": "interaction",
		"deliveries":   "delivery",
		"blobs":        "blob",
		"duplicates":   "duplicate",
		"decisions":    "decision",
		"evidence":     "evidence",
		"not_same":     "not_same",
		"memberships":  "membership",
		"claim_links":  "claim_link",
		"consents":     "consent",
		"blocks":       "block",
		"quarantine":   "quarantine",
		"job_rows":     "job_row",
	},
	leftOut: map[string]string{
		"block_keys":    "hashes of what the profile lines hold",
		"search_terms":  "words of what the profile lines hold",
		"events":        "ids and codes of what the other lines hold",
		"idempotency":   "answers that are kept for 24 hours, of what the other lines hold",
		"erasures":      "a person who is being erased is not exported any more",
		"job_parts":     "the files of imports, of everybody in them, as long as they are read",
		"unfinished":    "entries on their way, for seconds: then the other lines hold them",
		"jobs":          "nothing of anybody",
		"meta":          "nothing of anybody",
		"uploads":       "nothing of anybody",
		"marks":         "nothing of anybody",
		"unlisted":      "nothing of anybody",
		"sources":       "nothing of anybody",
		"organizations": "nothing of anybody: the line of the person names those it belongs to",
		"domains":       "nothing of anybody",
		"external_ids":  "nothing of anybody",
		"hot_keys":      "nothing of anybody",
		"api_keys":      "nothing of a customer",

		"webhook_endpoints":   "nothing of a customer",
		"webhook_sendings":    "nothing of a customer",
		"webhook_undelivered": "ids and codes of what the other lines hold",
	},
}

// everything is the scope of an export of everything: who the people are, what was exchanged with them, and what was decided.
var everything = scope{
	lines: map[string]string{
		"organizations": "organization",
		"domains":       "domain",
		"profiles":      "profile",
		"identities":    "identity",
		"interactions":  "interaction",
		"duplicates":    "duplicate",
		"decisions":     "decision",
		"evidence":      "evidence",
		"not_same":      "not_same",
		"memberships":   "membership",
		"consents":      "consent",
		"blocks":        "block",
		"quarantine":    "quarantine",
	},
	leftOut: map[string]string{
		"external_ids": "what the lines of organizations hold",
		"deliveries":   "what providers sent, as it came: the interactions hold what was read from it, and only these sources can read it again",
		"blobs":        "bodies of deliveries, and files: they are far larger than all else; files are read by their interactions",
		"events":       "what happened, told to those who follow: they have their place in this feed",
		"jobs":         "imports of this gateway, and what became of their rows for 30 days",
		"job_parts":    "as jobs",
		"job_rows":     "as jobs",
		"claim_links":  "hashes of links that can only be followed here",
		"api_keys":     "hashes of keys that open this gateway",
		"idempotency":  "answers that are kept for 24 hours",
		"erasures":     "work of this gateway; tombstones are identities",
		"block_keys":   "made anew from the profiles",
		"search_terms": "made anew from the profiles",
		"hot_keys":     "made anew from the profiles",
		"meta":         "the salt of this store's ids is a secret",
		"uploads":      "work of this gateway",
		"marks":        "work of this gateway",
		"unlisted":     "work of this gateway: decisions that are listed in a moment",
		"unfinished":   "work of this gateway: entries that are finished in a moment",
		"sources":      "work of this gateway: where it stands in mailboxes",

		"webhook_endpoints":   "who is told of what happens here, with the secrets that sign it",
		"webhook_sendings":    "work of this gateway",
		"webhook_undelivered": "as events",
	},
}
