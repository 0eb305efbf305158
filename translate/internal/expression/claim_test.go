package expression_test

import (
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// builtOfClaims holds what is built for the manifests of claims.
func builtOfClaims() map[string]expression.Expression {
	v := expression.StringOf(expression.Input("v"))
	w := expression.StringOf(expression.Input("w"))
	return map[string]expression.Expression{
		"NullOr":                          expression.NullOr(expression.Input("v"), expression.Input("v")),
		"UniqueName":                      expression.UniqueName(expression.String("")),
		"UniqueName with a suffix":        expression.UniqueName(w),
		"NameOr":                          expression.NameOr(expression.Input("v").Holding(contract.String), expression.UniqueName(expression.String("-data"))),
		"NameOr of any type":              expression.NameOr(expression.Input("v"), expression.UniqueName(expression.String("-data"))),
		"EitherName":                      expression.EitherName(v, w),
		"EitherName of a name of our own": expression.EitherName(expression.String("data"), w),
		"EitherName with our own suffix":  expression.EitherName(v, expression.String("-data")),
	}
}
