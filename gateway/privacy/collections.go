package privacy

// Treated says of each collection what an erasure does with it. A collection that is not listed fails a test: whoever adds one decides.
var Treated = map[string]string{
	"profiles":     "emptied: the id stays, its place in the log of decisions, and when it was erased",
	"identities":   "tombstones: the salted id stays, and when its holder was erased; those that others hold stay theirs",
	"interactions": "deleted; those from after the erasure lose the profile, and their deliveries are worked on again",
	"deliveries":   "stripped of body, URL, headers and natural key; the rows stay",
	"blobs":        "bodies and files deleted with what they belong to",
	"duplicates":   "flags that name the person deleted, with their evidence",
	"evidence":     "deleted where it names the person",
	"block_keys":   "deleted",
	"idempotency":  "answers deleted that name the person",
	"events":       "those of the person's profiles, interactions, identities and flags deleted; all others hold ids and codes only",
	"decisions":    "stay, with ids; what was said about placing an interaction is deleted",
	"not_same":     "stay: two ids and a number",
	"erasures":     "stay, with ids; the words that were looked for are forgotten at the end",
	"meta":         "nothing of anybody",
	"uploads":      "nothing of anybody",
	"marks":        "nothing of anybody",
	"sources":      "nothing of anybody",
	"hot_keys":     "nothing of anybody: hashes that very many have",
	"api_keys":     "nothing of a customer",
}
