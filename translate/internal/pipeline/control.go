package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// control resolves when, how often and over what a task runs.
func (r *resolver) control(t *Task) {
	t.Always = t.Spec.TriggerPolicy.Strategy.Value == document.AllUpstreamTasksCompleted
	t.Condition = r.condition(t, t.Spec.TriggerPolicy.Condition)
	t.Loop = r.loop(t)
	t.Retry = r.retry(t.Spec.RetryPolicy)
	t.Cached = t.Spec.CachingOptions.EnableCache.Value
	if key := t.Spec.CachingOptions.CacheKey.Value; key != "" {
		t.CacheKey = cacheKey(t.Spec.ComponentRef.Name.Value, key)
	}
}

// cacheKey is KFP's key for a component and what the author chose: nothing else
// counts.
func cacheKey(component, chosen string) string {
	text := chosen
	if component != "" {
		text = component + "\x00" + chosen
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// condition parses the condition of a task, which reads the task's own inputs.
func (r *resolver) condition(t *Task, text document.Text) *condition.Condition {
	if text.Value == "" {
		return nil
	}
	types := map[string]contract.ParameterType{}
	for _, p := range t.Component.Parameters {
		types[p.Name] = p.Type
	}
	parsed, problems := condition.Parse(text.Value, types)
	for _, p := range problems {
		r.messages.condition(text, p)
	}
	return parsed
}

// selector parses the selector of an input.
func (r *resolver) selector(text document.Text) *condition.Selector {
	if text.Value == "" {
		return nil
	}
	parsed, problems := condition.ParseSelector(text.Value)
	for _, p := range problems {
		r.messages.condition(text, p)
	}
	return parsed
}

func (r *resolver) loop(t *Task) *Loop {
	l := &Loop{Parallelism: r.count(t.Spec.IteratorPolicy.ParallelismLimit, "a parallelismLimit")}
	switch {
	case t.Spec.ArtifactIterator != nil:
		l.Artifact = true
		l.Item = t.Spec.ArtifactIterator.ItemInput.Value
		spec := t.Spec.ArtifactIterator
		l.Input = r.loopInput(t, spec.Items.InputArtifact.PlacedIn(spec.Span), true)
		return r.checkedLoop(t, l, spec.ItemInput.PlacedIn(spec.Span))
	case t.Spec.ParameterIterator == nil:
		return nil
	}
	spec := t.Spec.ParameterIterator
	l.Item = spec.ItemInput.Value
	if spec.Items.InputParameter.Set {
		l.Input = r.loopInput(t, spec.Items.InputParameter, false)
	} else if l.Static = r.staticItems(t, spec.Items.Raw.PlacedIn(spec.Span)); l.Static == nil {
		return nil
	}
	return r.checkedLoop(t, l, spec.ItemInput.PlacedIn(spec.Span))
}

// loopInput returns the input that holds a loop's items, which the task must
// bind.
func (r *resolver) loopInput(t *Task, name document.Text, artifact bool) string {
	bound := t.Parameter(name.Value) != nil
	if artifact {
		bound = t.Artifact(name.Value) != nil
	}
	if !bound {
		r.messages.unknownItems(t, name)
	}
	return name.Value
}

// checkedLoop makes sure that the component takes the item.
func (r *resolver) checkedLoop(t *Task, l *Loop, item document.Text) *Loop {
	declared := t.Component.Parameter(l.Item) != nil
	if l.Artifact {
		declared = t.Component.Artifact(l.Item) != nil
	}
	if !declared {
		r.messages.unknownItem(t, item)
	}
	return l
}

// staticItems reads the items that the document holds; not nil, even for none.
func (r *resolver) staticItems(t *Task, raw document.Text) []json.RawMessage {
	value, err := contract.Canonical(json.RawMessage(raw.Value))
	if err == nil && contract.KindOf(value) != contract.KindList {
		err = fmt.Errorf("this is %s", contract.KindOf(value))
	}
	if err != nil {
		r.messages.badItems(t, raw, err)
		return nil
	}
	items := []json.RawMessage{}
	if err := json.Unmarshal(value, &items); err != nil {
		panic(err) // it is canonical
	}
	return items
}

// retry reads a retry policy, all of it even where it allows no retry. Argo
// multiplies delays by whole factors only.
func (r *resolver) retry(spec *document.RetryPolicy) *Retry {
	if spec == nil {
		return nil
	}
	p := &Retry{
		Limit:    int32(min(r.count(spec.MaxRetryCount, "a maxRetryCount"), math.MaxInt32)),
		Delay:    r.duration(spec.BackoffDuration),
		MaxDelay: r.duration(spec.BackoffMaxDuration),
		Factor:   wholeFactor(spec.BackoffFactor.Value),
	}
	switch factor := spec.BackoffFactor; {
	case factor.Value < 0:
		r.messages.negative(factor.Span, "a backoffFactor")
	case p.Limit > 0 && factor.Set && factor.Value != float64(p.Factor):
		r.messages.roundedFactor(factor, p.Factor)
	}
	if p.Limit <= 0 {
		return nil
	}
	return p
}

// count reads a number of which there are at least none.
func (r *resolver) count(n document.Int, what string) int64 {
	if n.Value < 0 {
		r.messages.negative(n.Span, what)
	}
	return n.Value
}

// wholeFactor rounds a factor to one that Argo takes: whole, and at least one.
func wholeFactor(factor float64) int32 {
	if math.IsNaN(factor) {
		return 1
	}
	return int32(min(max(1, math.Round(factor)), math.MaxInt32))
}

// duration reads protobuf's JSON form of a duration.
func (r *resolver) duration(text document.Text) time.Duration {
	if text.Value == "" {
		return 0
	}
	d, err := time.ParseDuration(text.Value)
	if err != nil || d < 0 {
		r.messages.badDuration(text)
	}
	return d
}
