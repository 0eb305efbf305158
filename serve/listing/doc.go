// Package listing answers for lists as KFP's API does: a page of a list, in an
// order, of the objects that a filter takes.
//
// A page token says where the page before ended, in the order and with the
// filter that it was made with. So the server keeps nothing between two pages,
// and objects that come or go in between neither repeat nor hide others.
package listing
