// Package rest speaks KFP's REST API, v2beta1: a table of endpoints, from which
// both the routes and the documentation are made, and KFP's objects as JSON.
//
// What the API has and this server does not is in the table too, so that it is
// refused by name. So is a field or a parameter that is not known: nothing is
// taken and ignored.
package rest
