package compare

// maxEdits is the largest distance that is told apart.
const maxEdits = 4

// maxCompared bounds the letters of a text that are compared.
const maxCompared = 64

// edits is how many letters must be put in, left out, replaced or exchanged with their neighbour to make one text the other (optimal string alignment), or limit + 1 if it is more.
func edits(a, b string, limit int) int {
	a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
	a, b = trimCommon(a, b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > limit {
		return limit + 1
	}
	if len(a) == 0 {
		return len(b)
	}
	return banded(a, b, limit)
}

// trimCommon drops what two texts begin and end with alike.
func trimCommon(a, b string) (string, string) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

// banded fills only the cells of the table that can lie within the limit. Three rows suffice: an exchange looks two back.
func banded(a, b string, limit int) int {
	var rows [3][maxCompared + 1]uint8
	far := uint8(limit + 1)
	for j := range len(b) + 1 {
		rows[0][j] = uint8(min(j, limit+1))
	}
	for i := 1; i <= len(a); i++ {
		row, above, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		from, to := max(1, i-limit), min(len(b), i+limit)
		row[from-1] = far
		if from == 1 {
			row[0] = uint8(min(i, limit+1))
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			cost := uint8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j-1]+cost, row[j-1]+1)
			if j < i+limit {
				d = min(d, above[j]+1)
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = min(d, far)
			least = min(least, row[j])
		}
		if to < len(b) {
			row[to+1] = far
		}
		if least >= far {
			return limit + 1
		}
	}
	return int(rows[len(a)%3][len(b)])
}
