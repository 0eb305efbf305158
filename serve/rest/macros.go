package rest

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// macro is what KFP's scheduler replaces in the parameters of a recurring run.
var macro = regexp.MustCompile(`\[\[\s*(schedule|now|uuid|CurrentTime|RunUUID|ScheduledTime|Index)(\.[^\]]*)?\s*\]\]`)

// checkMacros refuses what would reach the runs as it stands.
func checkMacros(parameters map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if found := macro.Find(parameters[name]); found != nil {
			return &refusedError{"the macro " + string(found) + " in parameter " + name, "Argo does not replace it; a task knows its run's UID and time"}
		}
	}
	return nil
}
