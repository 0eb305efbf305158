// Package constant looks into the constants of a pipeline document for
// placeholders, which may be in every string of a JSON value.
package constant

import (
	"encoding/json"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// EachPlaceholder calls f for every placeholder in the strings of a JSON value.
// The keys of structs are not looked into: KFP leaves them alone.
func EachPlaceholder(value json.RawMessage, f func(placeholder.Part)) {
	eachString(value, func(text string) {
		for _, p := range placeholder.Parse(text) {
			if _, literal := p.(placeholder.Literal); !literal {
				f(p)
			}
		}
	})
}

// HasPlaceholder reports whether there is any.
func HasPlaceholder(value json.RawMessage) bool {
	found := false
	if strings.Contains(string(value), "{{$") {
		EachPlaceholder(value, func(placeholder.Part) { found = true })
	}
	return found
}

// PartKnownToArgo reports whether a placeholder can be written as an Argo
// expression. Others are known only to the pod.
func PartKnownToArgo(p placeholder.Part) bool {
	switch p := p.(type) {
	case placeholder.InputParameter:
		return true
	case placeholder.Pipeline:
		switch p.Name {
		case placeholder.JobName, placeholder.JobResourceName, placeholder.JobUUID, placeholder.TaskName,
			placeholder.WorkspacePath:
			return true
		}
	case placeholder.Literal, placeholder.ExecutorInput, placeholder.OutputParameterFile, placeholder.Artifact, placeholder.OutputFile, placeholder.Brace:
	}
	return false
}

func eachString(value json.RawMessage, f func(string)) {
	switch contract.KindOf(value) {
	case contract.KindString:
		if text, err := contract.Text(value); err == nil {
			f(text)
		}
	case contract.KindList:
		var items []json.RawMessage
		if json.Unmarshal(value, &items) == nil {
			for _, item := range items {
				eachString(item, f)
			}
		}
	case contract.KindStruct:
		var fields map[string]json.RawMessage
		if json.Unmarshal(value, &fields) == nil {
			for _, field := range fields {
				eachString(field, f)
			}
		}
	}
}
