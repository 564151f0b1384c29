package sender

import (
	"strconv"
	"strings"
)

// spamLevel is from which confidence on Exchange puts a mail into the junk folder.
// https://learn.microsoft.com/en-us/defender-office-365/anti-spam-spam-confidence-level-scl-about
const spamLevel = 5

// Spam reports whether one of our servers, named in ids, called a mail spam: SpamAssassin and its kin, Rspamd, Exchange. What a strange server thought of it does not count.
func Spam(h Headers, ids []string) bool {
	for _, p := range near(h, ids) {
		value := strings.ToLower(strings.TrimSpace(p.Value))
		switch strings.ToLower(p.Name) {
		case "x-spam-flag", "x-spam-status", "x-spam":
			if strings.HasPrefix(value, "yes") {
				return true
			}
		case "x-ms-exchange-organization-scl":
			if level, err := strconv.Atoi(value); err == nil && level >= spamLevel {
				return true
			}
		}
	}
	return false
}
