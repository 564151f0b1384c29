package evaluate

import (
	"fmt"
	"slices"
	"strings"

	"usher/matching/compare"
	"usher/matching/normal"
)

// Mapping says what a column of a table is.
type Mapping struct {
	Column string
	Field  string // given_name, family_name, or a field's name; other as often as there are columns that are nothing else
}

// Table is a table as it was read: a head and rows.
type Table struct {
	Head []string
	Rows [][]string
}

// Profiles makes a profile of each row. Columns that are not mapped are not read; values are trimmed, and what is empty is missing.
func (t Table) Profiles(id, region string, mapping []Mapping) ([]compare.Profile, error) {
	at, err := t.column(id)
	if err != nil {
		return nil, err
	}
	columns, err := t.columns(mapping)
	if err != nil {
		return nil, err
	}
	if err := t.distinct(at); err != nil {
		return nil, err
	}
	profiles := make([]compare.Profile, len(t.Rows))
	for i, row := range t.Rows {
		profiles[i] = compare.Profile{ID: cell(row, at), Region: region, Values: values(row, columns)}
	}
	return profiles, nil
}

// UnreadNumbers counts telephone numbers, and those that cannot be compared since they are not understood.
func UnreadNumbers(tables ...[]compare.Profile) (numbers, unread int) {
	for _, p := range slices.Concat(tables...) {
		for _, v := range p.Values {
			if v.Field != compare.Phone {
				continue
			}
			numbers++
			if _, ok := normal.Phone(v.Text, p.Region); !ok {
				unread++
			}
		}
	}
	return numbers, unread
}

func (t Table) column(name string) (int, error) {
	i := slices.IndexFunc(t.Head, func(h string) bool { return strings.TrimSpace(h) == name })
	if i < 0 {
		return 0, fmt.Errorf("no column %q among %s", name, strings.Join(t.Head, ", "))
	}
	return i, nil
}

// Has fails unless there is a column of that name.
func (t Table) Has(column string) error {
	_, err := t.column(column)
	return err
}

// Distinct fails unless each row has a value of its own in the column that names records.
func (t Table) Distinct(id string) error {
	at, err := t.column(id)
	if err != nil {
		return err
	}
	return t.distinct(at)
}

// distinct fails unless each row has an id of its own: pairs and decisions name records by it.
func (t Table) distinct(id int) error {
	rows := map[string]int{}
	for i, row := range t.Rows {
		name := cell(row, id)
		if name == "" {
			return fmt.Errorf("row %d has no id", RowNumber(i))
		}
		if before, twice := rows[name]; twice {
			return fmt.Errorf("row %d has the id %q of row %d", RowNumber(i), name, before)
		}
		rows[name] = RowNumber(i)
	}
	return nil
}

// RowNumber is the number of a row as spreadsheets count: the head is the first.
func RowNumber(i int) int { return i + 2 }

// Apart fails if a record of the right table has an id of the left one: the truth and the scored pairs name records by their ids alone.
func Apart(left, right []compare.Profile) error {
	rows := map[string]int{}
	for i, p := range left {
		rows[p.ID] = RowNumber(i)
	}
	for i, p := range right {
		if other, shared := rows[p.ID]; shared {
			return fmt.Errorf("row %d has the id %q of row %d of the first table: ids must be distinct across both, since pairs are named and measured by them", RowNumber(i), p.ID, other)
		}
	}
	return nil
}

// Column are the values of a column by the id of the row. Each row must have an id of its own.
func (t Table) Column(id, name string) (map[string]string, error) {
	key, err := t.column(id)
	if err != nil {
		return nil, err
	}
	at, err := t.column(name)
	if err != nil {
		return nil, err
	}
	if err := t.distinct(key); err != nil {
		return nil, err
	}
	all := make(map[string]string, len(t.Rows))
	for _, row := range t.Rows {
		all[cell(row, key)] = cell(row, at)
	}
	return all, nil
}

func cell(row []string, at int) string {
	if at >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[at])
}

// columns are where the values of each field stand.
type columns struct {
	given, family []int
	fields        [compare.Fields][]int
}

// others are the fields for columns that are nothing else, each compared with itself.
var others = []compare.Field{compare.Other, compare.Other2, compare.Other3, compare.Other4}

func (t Table) columns(mapping []Mapping) (columns, error) {
	var c columns
	n := 0
	for _, m := range mapping {
		at, err := t.column(m.Column)
		if err != nil {
			return c, err
		}
		switch m.Field {
		case "given_name":
			c.given = append(c.given, at)
		case "family_name":
			c.family = append(c.family, at)
		case "other":
			f := others[min(n, len(others)-1)]
			c.fields[f] = append(c.fields[f], at)
			n++
		default:
			f, err := fieldNamed(m.Field)
			if err != nil {
				return c, err
			}
			c.fields[f] = append(c.fields[f], at)
		}
	}
	return c, nil
}

func fieldNamed(name string) (compare.Field, error) {
	for f := range compare.Fields {
		if f.String() == name && f != compare.Address && f != compare.Mentioned {
			return f, nil
		}
	}
	return 0, fmt.Errorf("no field %q: there are given_name, family_name, name, email, phone, handle, organization, street, city, region, postcode, country, birth_date, language, reference, other", name)
}

// manyValued are the fields of which a row may have several values; of the others, several columns are one value.
var manyValued = []compare.Field{compare.Name, compare.Mail, compare.Phone, compare.Handle, compare.Reference}

func values(row []string, c columns) []compare.Value {
	var all []compare.Value
	if given, family := joined(row, c.given), joined(row, c.family); given+family != "" {
		all = append(all, compare.Value{Field: compare.Name, Given: given, Family: family})
	}
	for f := range compare.Fields {
		if !slices.Contains(manyValued, f) {
			if text := joined(row, c.fields[f]); text != "" {
				all = append(all, compare.Value{Field: f, Text: text})
			}
			continue
		}
		for _, at := range c.fields[f] {
			if text := cell(row, at); text != "" {
				all = append(all, compare.Value{Field: f, Text: text})
			}
		}
	}
	return all
}

func joined(row []string, at []int) string {
	var words []string
	for _, i := range at {
		if w := cell(row, i); w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
