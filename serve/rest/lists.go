package rest

import (
	"strconv"

	"github.com/kfp2argo/kfp2argo/serve/listing"
)

// listQuery are the parameters of every list.
func listQuery(more ...string) []string {
	return append([]string{"page_token", "page_size", "sort_by", "filter"}, more...)
}

// query reads what a list is asked for.
func query[T any](c *call, fields listing.Fields[T]) (listing.Query[T], error) {
	p := listing.Params{Token: c.query.Get("page_token"), SortBy: c.query.Get("sort_by"), Filter: c.query.Get("filter")}
	if text := c.query.Get("page_size"); text != "" {
		size, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return listing.Query[T]{}, bad("page_size %q is no number", text)
		}
		p.Size = int(size)
	}
	q, err := listing.Parse(fields, p)
	if err != nil {
		return q, bad("%v", err)
	}
	return q, nil
}

// page is what all lists have. Embedded, it is part of each.
type page struct {
	TotalSize     int    `json:"total_size"`
	NextPageToken string `json:"next_page_token,omitempty"`
}

// wired turns the objects of a page into JSON. It never returns nil: clients
// range over what they get.
func wired[T, W any](p listing.Page[T], wire func(T) W) ([]W, page) {
	all := make([]W, 0, len(p.Objects))
	for _, o := range p.Objects {
		all = append(all, wire(o))
	}
	return all, page{p.Total, p.Next}
}
