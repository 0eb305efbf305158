package registry

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// macro is what KFP's scheduler replaces in the parameters of a recurring run.
var macro = regexp.MustCompile(`\[\[\s*(schedule|now|uuid|CurrentTime|RunUUID|ScheduledTime|Index)(\.[^\]]*)?\s*\]\]`)

// MacroError says that a parameter of a recurring run has a macro. It would reach
// the runs as it stands.
type MacroError struct{ Macro, Parameter string }

// Error says what to do instead.
func (e *MacroError) Error() string {
	return "the macro " + e.Macro + " in parameter " + e.Parameter + " is not supported: Argo does not replace it; a task knows its run's UID and time"
}

// CheckMacros returns a [*MacroError] for parameters that have a macro.
func CheckMacros(parameters map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if found := macro.Find(parameters[name]); found != nil {
			return &MacroError{string(found), name}
		}
	}
	return nil
}
