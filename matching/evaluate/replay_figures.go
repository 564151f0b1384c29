package evaluate

import "math"

// ReplayFigures are what counts of a replay, as the reference scorer names them.
type ReplayFigures struct {
	Contacts       int            `json:"contacts"`
	Profiles       int            `json:"profiles"`
	Persons        int            `json:"persons"`
	WithoutProfile int            `json:"without_profile"`
	Attached       int            `json:"attached"`
	WrongAttaches  int            `json:"wrong_attaches"`
	WrongNameless  int            `json:"wrong_nameless"` // nobody could know
	WrongPer1000   float64        `json:"wrong_per_1000_contacts"`
	WrongShare     float64        `json:"wrong_share_of_attaches"`
	WrongByTag     map[string]int `json:"wrong_by_tag"`

	DuplicatePairs    int             `json:"duplicate_pairs"`
	SurplusProfiles   int             `json:"surplus_profiles"`
	Flagged           int             `json:"flagged"`
	ReviewsPer1000    float64         `json:"reviews_per_1000_contacts"`
	AP                float64         `json:"AP"`
	BestF1            float64         `json:"best_F1"`
	Precision         float64         `json:"precision"`
	Recall            float64         `json:"recall"`
	Threshold         float64         `json:"threshold"`
	PrecisionAt500    float64         `json:"P@500"`
	RemovedAt500      float64         `json:"duplicates_removed@500"`
	PrecisionAt1000   float64         `json:"P@1000"`
	RemovedAt1000     float64         `json:"duplicates_removed@1000"`
	PrecisionAt2000   float64         `json:"P@2000"`
	RemovedAt2000     float64         `json:"duplicates_removed@2000"`
	PrecisionAt4000   float64         `json:"P@4000"`
	RemovedAt4000     float64         `json:"duplicates_removed@4000"`
	RecallAtPrecision float64         `json:"R@P.9"`
	ECE               float64         `json:"ECE"`
	Brier             float64         `json:"Brier"`
	Reliability       []ReliableTenth `json:"reliability"`

	CostPer1000 float64 `json:"cost_per_1000_contacts"`
}

// ReliableTenth is what was stated and seen of the flags of a tenth of the probabilities.
type ReliableTenth struct {
	Bin    float64 `json:"bin"`
	N      int     `json:"n"`
	Stated float64 `json:"stated"`
	Seen   float64 `json:"seen"`
}

// What mistakes cost beside a review of 1.
const (
	costWrongAttach   = 25
	costFalseAccept   = 5
	costDuplicateLeft = 2
)

func rounded(x float64, digits int) float64 {
	scale := math.Pow(10, float64(digits))
	return math.RoundToEven(x*scale) / scale
}
