// Package trace brings what the passes made of a pipeline to the reports on it,
// past an API that exposes none of it.
//
// A result of package translate embeds a [Carrier] under an unexported name. Its
// one method has no exported name either, so that only [Of] can call it, and only
// packages below translate can call that.
package trace

import (
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// Trace is what the passes have made.
type Trace struct {
	Pipeline *pipeline.Pipeline
	// Plan is nil where the pipeline was checked and not translated.
	Plan *plan.Workflow
}

// Carrier holds a Trace for those that may look into it.
type Carrier struct{ carried Trace }

// Carry puts a Trace into a Carrier.
func Carry(t Trace) Carrier { return Carrier{t} }

func (c Carrier) trace() Trace { return c.carried }

// Of returns the Trace of what embeds a [Carrier].
func Of(result interface{ trace() Trace }) Trace { return result.trace() }
