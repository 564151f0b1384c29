package review

import (
	"cmp"
	"context"
	"slices"

	"usher/gateway/contact"
	"usher/gateway/people"
)

// Cluster is the people that open flags join to one another, and the flags.
type Cluster struct {
	People  []people.Person
	Links   []contact.Duplicate // the most probable first
	Weakest string              // the flag without which the cluster falls apart that is the least probable
	More    bool                // there are more people than maxCluster
}

// maxCluster bounds the people of a cluster.
const maxCluster = 50

// Cluster reads the cluster around a flag.
func (r *Review) Cluster(ctx context.Context, id string) (c Cluster, err error) {
	flag, err := r.Flag(ctx, id)
	if err != nil {
		return c, err
	}
	err = r.people.Trees(ctx, func(t *people.Trees) error {
		c, err = cluster(ctx, t, flag)
		return err
	})
	return c, err
}

func cluster(ctx context.Context, t *people.Trees, flag contact.Duplicate) (Cluster, error) {
	c, linked := Cluster{}, map[string]bool{}
	queue := []string{flag.A, flag.B}
	for len(queue) > 0 {
		person, err := t.Person(ctx, queue[0])
		if err != nil {
			return c, err
		}
		queue = queue[1:]
		if slices.ContainsFunc(c.People, person.Is) {
			continue
		}
		if len(c.People) == maxCluster {
			c.More = true
			break
		}
		c.People = append(c.People, person)
		open, err := t.Flags(ctx, person, contact.DuplicateOpen, people.MaxDuplicates)
		if err != nil {
			return c, err
		}
		for _, d := range open {
			if linked[d.ID] || d.Sampled && d.ID != flag.ID { // nobody takes the two of a drawn one for one person
				continue
			}
			linked[d.ID] = true
			queue = append(queue, d.A, d.B)
			c.Links = append(c.Links, d)
		}
	}
	slices.SortFunc(c.Links, func(a, b contact.Duplicate) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.ID, b.ID))
	})
	c.Weakest = c.weakest()
	return c, nil
}

// weakest is the last link that joins people who were not joined by more probable ones (Kruskal's spanning tree): the cluster hangs on it.
func (c Cluster) weakest() (id string) {
	parent := map[string]string{}
	for _, p := range c.People {
		for _, m := range p.IDs()[1:] {
			parent[m] = p.Root().ID
		}
	}
	find := func(x string) string {
		for parent[x] != "" {
			x = parent[x]
		}
		return x
	}
	for _, l := range c.Links {
		a, b := find(l.A), find(l.B)
		if a != b {
			parent[a], id = b, l.ID
		}
	}
	return id
}
