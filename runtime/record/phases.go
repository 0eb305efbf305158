package record

import "time"

// Phases are the times between the phases of an attempt. One is zero where the
// attempt did not come so far, and all are in records of releases that did not keep
// them. The clock is that of the node.
type Phases struct {
	// Fetched is when the driver had fetched the inputs. It is zero for a task that
	// is cached: it needs none.
	Fetched time.Time `json:"fetched,omitzero"`
	// Began and Ended are when the program did.
	Began time.Time `json:"began,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
}
