package matching

import (
	"usher/gateway/contact"
	"usher/matching/weights"
)

// Verdict is how likely two profiles are one person, and what speaks for it.
type Verdict struct {
	Score       float64 // log-odds in bits; 0 where nothing was compared
	Probability float64
	Band        string // certain, likely, possible
	Calibrated  bool   // whether decisions have trained the model
	Model       string
	Evidence    []contact.Evidence // adds up to the score
	Ignored     []contact.Ignored
}

// sameContactProbability is what one contact under two profiles' identities is taken for until decisions calibrate it: strong, and short of proof, since people call from each other's telephones.
const sameContactProbability = 0.9

// SameContactModel is the model that names a pair which one contact carried identities of.
const SameContactModel = weights.SameContactModel

// SameContact is the verdict on two profiles that one contact carried identities of, given as evidence of their ids.
func SameContact(carried ...contact.Evidence) Verdict {
	return Verdict{Probability: sameContactProbability, Band: "likely", Model: SameContactModel, Evidence: carried}
}
