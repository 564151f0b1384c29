package gateway

import (
	"errors"
	"fmt"
	"os"

	"usher/config"
	"usher/gateway/lookup"
	"usher/gateway/store"
	"usher/matching/weights"
)

// NewLookup searches a store for duplicates as the configuration says: by which model, and what is worth people's time.
func NewLookup(db *store.DB, cfg config.Config) (*lookup.Lookup, error) {
	model, err := ModelOf(cfg)
	if err != nil {
		return nil, err
	}
	l := lookup.New(db)
	l.Model, l.Review = model, reviewOf(cfg)
	return l, nil
}

// reviewOf is from which probability a pair is worth its review: what a found duplicate is worth, times its probability, must be more than the review costs.
func reviewOf(cfg config.Config) lookup.Review {
	return lookup.Review{Least: cfg.Matching.CostReview / cfg.Matching.ValueFound, Sample: cfg.Matching.SampleBelow}
}

// ModelOf reads the model that the configuration names, else the one that Usher comes with.
func ModelOf(cfg config.Config) (*weights.Model, error) {
	if cfg.Matching.Model == "" {
		return weights.Shipped(), nil
	}
	m, err := ReadModel(cfg.Matching.Model)
	if pathError, ok := errors.AsType[*os.PathError](err); ok {
		err = pathError.Err
	}
	if err != nil {
		return nil, fmt.Errorf("matching.model: %s: %w", cfg.Matching.Model, err)
	}
	return m, nil
}

// ReadModel reads a model file.
func ReadModel(path string) (*weights.Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return weights.Parse(data)
}
