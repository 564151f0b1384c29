package people

import (
	"cmp"
	"context"
	"slices"

	"usher/gateway/contact"
)

// Cluster is the people that open flags join to one another, and the flags.
type Cluster struct {
	People  []Person
	Links   []contact.Duplicate // the most probable first
	Weakest string              // the flag without which the cluster falls apart that is the least probable
	More    bool                // there are more people than maxCluster
}

// maxCluster bounds the people of a cluster.
const maxCluster = 50

// Cluster reads the cluster around a flag.
func (p *People) Cluster(ctx context.Context, id string) (c Cluster, err error) {
	flag, err := p.Flag(ctx, id)
	if err != nil {
		return c, err
	}
	err = p.Trees(ctx, func(t *Trees) error {
		c, err = t.cluster(ctx, flag)
		return err
	})
	return c, err
}

func (t *Trees) cluster(ctx context.Context, flag contact.Duplicate) (Cluster, error) {
	var c Cluster
	queue := []string{flag.A, flag.B}
	for len(queue) > 0 {
		person, err := t.Person(ctx, queue[0])
		if err != nil {
			return c, err
		}
		queue = queue[1:]
		if slices.ContainsFunc(c.People, func(p Person) bool { return samePeople(p, person) }) {
			continue
		}
		if len(c.People) == maxCluster {
			c.More = true
			break
		}
		c.People = append(c.People, person)
		open, err := t.Flags(ctx, person, contact.DuplicateOpen, maxDuplicates)
		if err != nil {
			return c, err
		}
		open = slices.DeleteFunc(open, func(d contact.Duplicate) bool { return d.Sampled && d.ID != flag.ID }) // nobody takes the two for one person
		for _, d := range open {
			queue = append(queue, d.A, d.B)
		}
		c.Links = unite(c.Links, open, func(a, b contact.Duplicate) bool { return a.ID == b.ID })
	}
	slices.SortFunc(c.Links, func(a, b contact.Duplicate) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), cmp.Compare(a.ID, b.ID))
	})
	c.Weakest = t.weakest(c.Links)
	return c, nil
}

// weakest is the last link that joins people who were not joined by more probable ones (Kruskal's spanning tree): the cluster hangs on it.
func (t *Trees) weakest(links []contact.Duplicate) (id string) {
	parent := map[string]string{}
	find := func(x string) string {
		for parent[x] != "" {
			x = parent[x]
		}
		return x
	}
	for _, l := range links {
		a, b := find(t.roots[l.A]), find(t.roots[l.B])
		if a != b {
			parent[a], id = b, l.ID
		}
	}
	return id
}
