package listing

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The sizes of a page.
const (
	defaultSize = 20
	maxSize     = 200
)

// Params are what a caller asks for.
type Params struct {
	// Token is the next_page_token of the page before, or empty.
	Token string
	// Size is how many objects a page has at most. Zero is 20; more than 200 is
	// 200.
	Size int
	// SortBy is a field, or a field and asc or desc. Empty is the field's default.
	SortBy string
	// Filter is KFP's JSON, percent-encoded or not.
	Filter string
}

// Query is a list that a caller asks for.
type Query[T any] struct {
	fields     Fields[T]
	size       int
	sortBy     field[T]
	descending bool
	filter     filter[T]
	spec       string // of the filter
	after      *token // nil for the first page
}

// token is a page token. Value and ID are those of the last object of the page
// before.
type token struct {
	SortBy     string `json:"s"`
	Descending bool   `json:"d,omitempty"`
	Filter     string `json:"f,omitempty"`
	Kind       kind   `json:"k,omitempty"`
	Text       string `json:"t,omitempty"`
	Number     int64  `json:"n,omitempty"`
	ID         string `json:"i"`
}

func (t *token) value() Value { return Value{t.Kind, t.Text, t.Number} }

// Parse reads what a caller asks for. The error says what of it makes no sense:
// a page token is good only for the order and the filter that it was made with,
// which need not be given again.
func Parse[T any](fields Fields[T], p Params) (Query[T], error) {
	q := Query[T]{fields: fields, size: cmp.Or(min(p.Size, maxSize), defaultSize), spec: p.Filter}
	if p.Size < 0 {
		return q, fmt.Errorf("the page size is %d; it must not be negative", p.Size)
	}
	if err := q.parseOrder(p.SortBy); err != nil {
		return q, err
	}
	if p.Token != "" {
		if err := q.parseToken(p); err != nil {
			return q, err
		}
	}
	var err error
	q.filter, err = parseFilter(q.spec, fields)
	return q, err
}

func (q *Query[T]) parseOrder(text string) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{q.fields.Default}
	}
	var err error
	if q.sortBy, err = q.fields.find(words[0]); err != nil {
		return fmt.Errorf("sort_by: %w", err)
	}
	switch {
	case len(words) == 1, len(words) == 2 && strings.EqualFold(words[1], "asc"):
	case len(words) == 2 && strings.EqualFold(words[1], "desc"):
		q.descending = true
	default:
		return fmt.Errorf("sort_by %q is no field with asc or desc", text)
	}
	return nil
}

func (q *Query[T]) parseToken(p Params) error {
	t, err := decodeToken(p.Token)
	if err != nil {
		return err
	}
	same := t.SortBy == q.sortBy.name && t.Descending == q.descending
	if p.SortBy != "" && !same || p.Filter != "" && p.Filter != t.Filter {
		return errors.New("the page token belongs to a list with another sort_by or filter")
	}
	if q.sortBy, err = q.fields.find(t.SortBy); err != nil {
		return errors.New("the page token belongs to another list")
	}
	q.descending, q.spec, q.after = t.Descending, t.Filter, t
	return nil
}

func decodeToken(text string) (*token, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var t token
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.Kind < none || t.Kind > moment {
		return nil, errors.New("the page token is none of this server's")
	}
	return &t, nil
}

// Page is a part of a list.
type Page[T any] struct {
	Objects []T
	// Total counts the objects of the whole list, as it is now.
	Total int
	// Next is the token of the next page, or empty for the last.
	Next string
}

// Page takes the page that was asked for from all objects, in whatever order
// they are. It does not change the slice.
func (q Query[T]) Page(all []T) Page[T] {
	var page Page[T]
	var rest []keyed[T]
	for _, object := range all {
		if !q.filter.takes(object) {
			continue
		}
		page.Total++
		k := keyed[T]{q.sortBy.of(object), q.fields.ID(object), object}
		if q.after == nil || q.compare(k, keyed[T]{value: q.after.value(), id: q.after.ID}) > 0 {
			rest = append(rest, k)
		}
	}
	slices.SortFunc(rest, q.compare)
	for i, k := range rest {
		if i == q.size {
			page.Next = q.token(rest[i-1])
			break
		}
		page.Objects = append(page.Objects, k.object)
	}
	return page
}

// keyed is an object with what it is ordered by.
type keyed[T any] struct {
	value  Value
	id     string
	object T
}

func (q Query[T]) compare(a, b keyed[T]) int {
	order := cmp.Or(a.value.compare(b.value), strings.Compare(a.id, b.id))
	if q.descending {
		return -order
	}
	return order
}

func (q Query[T]) token(last keyed[T]) string {
	text, err := json.Marshal(token{
		SortBy: q.sortBy.name, Descending: q.descending, Filter: q.spec,
		Kind: last.value.kind, Text: last.value.text, Number: last.value.number, ID: last.id,
	})
	if err != nil {
		panic(fmt.Sprintf("listing: a token: %v", err)) // texts and numbers always have a JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
