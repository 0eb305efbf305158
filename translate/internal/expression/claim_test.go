package expression_test

import (
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// builtOfClaims holds what is built for the manifests of claims.
func builtOfClaims() map[string]expression.Expression {
	v := expression.Text(expression.Input("v"), contract.String)
	w := expression.Text(expression.Input("w"), contract.String)
	return map[string]expression.Expression{
		"NullOr":                          expression.NullOr(expression.Input("v"), expression.Input("v")),
		"UniqueName":                      expression.UniqueName("''"),
		"UniqueName with a suffix":        expression.UniqueName(w),
		"EitherName":                      expression.EitherName(v, "''"),
		"EitherName with a suffix":        expression.EitherName(v, w),
		"EitherName of a name of our own": expression.EitherName(expression.String("data"), w),
		"EitherName with our own suffix":  expression.EitherName(v, expression.String("-data")),
	}
}
