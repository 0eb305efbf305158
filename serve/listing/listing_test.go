package listing_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/listing"
)

// thing is an object of a list.
type thing struct {
	id, name string
	created  time.Time
	tags     map[string]string
}

func fields() listing.Fields[thing] {
	return listing.Fields[thing]{
		ID:      func(t thing) string { return t.id },
		Default: "created_at",
		Texts: map[string]func(thing) string{
			"id":           func(t thing) string { return t.id },
			"display_name": func(t thing) string { return t.name },
		},
		Times: map[string]func(thing) listing.Value{
			"created_at": func(t thing) listing.Value { return listing.Time(t.created) },
		},
		Tag: func(t thing, name string) listing.Value {
			if v, ok := t.tags[name]; ok {
				return listing.Text(v)
			}
			return listing.Value{}
		},
	}
}

func at(second int64) time.Time { return time.Unix(second, 0) }

// things are four objects, of which two are equally old and one has no time.
func things() []thing {
	return []thing{
		{id: "c", name: "Third one", created: at(30), tags: map[string]string{"team": "x"}},
		{id: "a", name: "first", created: at(10)},
		{id: "d", name: "fo+urth", created: at(30)},
		{id: "b", name: "second"},
	}
}

func names(objects []thing) string {
	all := ""
	for _, o := range objects {
		all += o.id
	}
	return all
}

func TestOrder(t *testing.T) {
	for sortBy, want := range map[string]string{
		"":                  "bacd",
		"created_at":        "bacd",
		"createdAt DESC":    "dcab",
		"created_at  asc":   "bacd",
		"display_name":      "cadb",
		"display_name desc": "bdac",
		"id":                "abcd",
	} {
		q, err := listing.Parse(fields(), listing.Params{SortBy: sortBy})
		require.NoError(t, err, sortBy)
		page := q.Page(things())
		require.Equal(t, want, names(page.Objects), sortBy)
		require.Equal(t, 4, page.Total)
		require.Empty(t, page.Next)
	}
}

func TestFilter(t *testing.T) {
	one := func(operation, rest string) string {
		return fmt.Sprintf(`{"predicates": [{"operation": %s, %s}]}`, operation, rest)
	}
	for filter, want := range map[string]string{
		"":                  "abcd",
		`{}`:                "abcd",
		`{"predicates":[]}`: "abcd",
		one(`1`, `"key": "display_name", "stringValue": "first"`):                                                                "a",
		one(`"1"`, `"key": "displayName", "string_value": "first"`):                                                              "a",
		one(`"EQUALS"`, `"key": "display_name", "stringValue": "First"`):                                                         "",
		one(`"NOT_EQUALS"`, `"key": "display_name", "stringValue": "first"`):                                                     "bcd",
		one(`9`, `"key": "display_name", "string_value": "THIRD"`):                                                               "c",
		one(`"IN"`, `"key": "id", "stringValues": {"values": ["a", "d"]}`):                                                       "ad",
		one(`8`, `"key": "id", "string_values": {"values": []}`):                                                                 "",
		one(`3`, `"key": "created_at", "timestamp_value": "1970-01-01T00:00:10Z"`):                                               "cd",
		one(`5`, `"key": "created_at", "long_value": "10"`):                                                                      "acd",
		one(`6`, `"key": "created_at", "intValue": 30`):                                                                          "a",
		one(`7`, `"key": "created_at", "longValues": 30`):                                                                        "!predicate 1 of the filter: longValues of field created_at: json: ",
		one(`2`, `"key": "created_at", "longValue": 30`):                                                                         "ab",
		one(`1`, `"key": "tags.team", "stringValue": "x"`):                                                                       "c",
		one(`2`, `"key": "tags.team", "stringValue": "x"`):                                                                       "abd",
		`{"predicates": [{"operation": 9, "key": "id", "stringValue": "a"}, {"operation": 9, "key": "id", "stringValue": "b"}]}`: "",
		url.PathEscape(one(`1`, `"key": "display_name", "string_value": "fo+urth"`)):                                             "d",
		one(`4`, `"key": "id", "stringValue": "a"`):                                                                              "!predicate 1 of the filter: there is no operation 4",
		one(`"LIKE"`, `"key": "id", "stringValue": "a"`):                                                                         `!predicate 1 of the filter: there is no operation "LIKE"`,
		one(`1`, `"key": "color", "stringValue": "a"`):                                                                           `!predicate 1 of the filter: there is no field "color"; there are display_name, id, created_at`,
		one(`1`, `"key": "id", "longValue": 1`):                                                                                  "!predicate 1 of the filter: longValue of field id: the field is a text",
		one(`1`, `"key": "id", "timestampValue": "1970-01-01T00:00:10Z"`):                                                        "!predicate 1 of the filter: timestampValue of field id: the field is a text",
		one(`1`, `"key": "created_at", "stringValue": "x"`):                                                                      "!predicate 1 of the filter: stringValue of field created_at: the field is a time",
		one(`1`, `"key": "created_at", "timestampValue": "today"`):                                                               `!predicate 1 of the filter: timestampValue of field created_at: parsing time "today"`,
		one(`1`, `"key": "created_at", "longValue": 1.5`):                                                                        "!predicate 1 of the filter: longValue of field created_at: 1.5 is no whole number",
		one(`1`, `"key": "id", "boolValue": true`):                                                                               "!predicate 1 of the filter: boolValue of field id: there is no such kind of value",
		one(`1`, `"key": "id"`):                                                                                                  "!predicate 1 of the filter: it has no value",
		one(`1`, `"key": "id", "stringValue": "", "longValue": 1`):                                                               "!predicate 1 of the filter: it has two values, longValue and stringValue",
		one(`8`, `"key": "id", "stringValue": "a"`):                                                                              "!predicate 1 of the filter: IN needs a list such as string_values, not string_value",
		one(`1`, `"key": "id", "stringValues": {"values": ["a"]}`):                                                               "!predicate 1 of the filter: only IN takes string_values",
		one(`9`, `"key": "created_at", "longValue": 1`):                                                                          "!predicate 1 of the filter: IS_SUBSTRING needs a text; field created_at is a time",
		`{"predicates": [{"key": "id", "stringValue": "a"}]}`:                                                                    "!predicate 1 of the filter: it has no operation",
		`{"predicates": [], "or": []}`:                                                                                           `!the filter is not as KFP's: json: unknown field "or"`,
		`{} {}`:                                                                                                                  "!the filter is not as KFP's: there is more behind its end",
		`name = 'x'`:                                                                                                             "!the filter is not as KFP's: invalid character",
		`%7B`:                                                                                                                    "!the filter is not as KFP's: unexpected EOF",
	} {
		q, err := listing.Parse(fields(), listing.Params{SortBy: "id", Filter: filter})
		if len(want) > 0 && want[0] == '!' {
			require.ErrorContains(t, err, want[1:], filter)
			continue
		}
		require.NoError(t, err, filter)
		page := q.Page(things())
		require.Equal(t, want, names(page.Objects), filter)
		require.Equal(t, len(want), page.Total, filter)
	}
}

// TestPages walks through a list, of which objects come and go meanwhile.
func TestPages(t *testing.T) {
	for _, sortBy := range []string{"", "created_at desc", "display_name"} {
		all, want := things(), ""
		whole, err := listing.Parse(fields(), listing.Params{SortBy: sortBy})
		require.NoError(t, err)
		for _, o := range whole.Page(all).Objects {
			want += o.id
		}
		got, token := "", ""
		for range 5 {
			q, err := listing.Parse(fields(), listing.Params{SortBy: sortBy, Size: 1, Token: token})
			require.NoError(t, err)
			page := q.Page(all)
			require.Equal(t, 4, page.Total)
			got += names(page.Objects)
			if token = page.Next; token == "" {
				break
			}
		}
		require.Equal(t, want, got)
	}
	q, err := listing.Parse(fields(), listing.Params{SortBy: "id", Size: 2})
	require.NoError(t, err)
	token := q.Page(things()).Next
	q, err = listing.Parse(fields(), listing.Params{Token: token, SortBy: "id", Size: 2})
	require.NoError(t, err)
	left := append(things()[:1], thing{id: "aa"}, thing{id: "e"})
	require.Equal(t, "ce", names(q.Page(left).Objects), "b has gone, and aa comes too late")
}

// TestTokens gives tokens to lists that they do not belong to. A token alone
// brings its order and its filter with it.
func TestTokens(t *testing.T) {
	filter := `{"predicates": [{"operation": 2, "key": "id", "stringValue": "a"}]}`
	q, err := listing.Parse(fields(), listing.Params{SortBy: "id desc", Filter: filter, Size: 1})
	require.NoError(t, err)
	token := q.Page(things()).Next
	q, err = listing.Parse(fields(), listing.Params{Token: token, Size: 10})
	require.NoError(t, err)
	require.Equal(t, "cb", names(q.Page(things()).Objects))

	for _, p := range []listing.Params{
		{Token: token, SortBy: "id"},
		{Token: token, SortBy: "created_at desc"},
		{Token: token, Filter: `{}`},
	} {
		_, err = listing.Parse(fields(), p)
		require.EqualError(t, err, "the page token belongs to a list with another sort_by or filter")
	}
	for _, bad := range []string{"!", "AAAA", "eyJrIjo5fQ"} {
		_, err = listing.Parse(fields(), listing.Params{Token: bad})
		require.EqualError(t, err, "the page token is none of this server's")
	}
}

func TestParamsThatAreRefused(t *testing.T) {
	for want, p := range map[string]listing.Params{
		"the page size is -1; it must not be negative":                               {Size: -1},
		`sort_by: there is no field "color"; there are display_name, id, created_at`: {SortBy: "color"},
		`sort_by "id up" is no field with asc or desc`:                               {SortBy: "id up"},
		`sort_by "id asc desc" is no field with asc or desc`:                         {SortBy: "id asc desc"},
	} {
		_, err := listing.Parse(fields(), p)
		require.EqualError(t, err, want)
	}
	q, err := listing.Parse(fields(), listing.Params{Size: 5000})
	require.NoError(t, err)
	many := make([]thing, 300)
	for i := range many {
		many[i].id = fmt.Sprintf("%03d", i)
	}
	require.Len(t, q.Page(many).Objects, 200)
}

// FuzzParse makes sure that what a caller sends is refused or answered.
func FuzzParse(f *testing.F) {
	q, err := listing.Parse(fields(), listing.Params{SortBy: "id desc", Size: 1})
	require.NoError(f, err)
	f.Add(q.Page(things()).Next, 1, "id desc", "")
	f.Add("", 0, "created_at", `{"predicates":[{"operation":1,"key":"display_name","stringValue":"first"}]}`)
	f.Add("", 2, "", `%7B%22predicates%22%3A%5B%7B%22operation%22%3A8%2C%22key%22%3A%22id%22%2C%22string_values%22%3A%7B%22values%22%3A%5B%22a%22%5D%7D%7D%5D%7D`)
	f.Fuzz(func(t *testing.T, token string, size int, sortBy, filter string) {
		q, err := listing.Parse(fields(), listing.Params{Token: token, Size: size, SortBy: sortBy, Filter: filter})
		if err != nil {
			return
		}
		page := q.Page(things())
		if len(page.Objects) > page.Total || page.Total > 4 {
			t.Fatalf("%d of %d objects", len(page.Objects), page.Total)
		}
		if page.Next == "" {
			return
		}
		if _, err := listing.Parse(fields(), listing.Params{Token: page.Next}); err != nil {
			t.Fatalf("its own token: %v", err)
		}
	})
}
