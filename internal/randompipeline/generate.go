package randompipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Make makes the pipeline of a seed.
func Make(seed uint64) *Pipeline {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	return &Pipeline{root: g.dag(3, false, false)}
}

// generator makes parts of a pipeline.
type generator struct {
	*rand.Rand
	names int
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("t%d", g.names)
}

func (g *generator) literal() string {
	switch n := g.IntN(100); {
	case n < 10:
		return textFail
	case n < 30:
		return textStop
	case n < 38:
		return textEmpty
	default:
		return textGo
	}
}

// dag makes a DAG in which groups are nested no deeper than given.
func (g *generator) dag(depth int, looped, optional bool) dag {
	d := dag{optional: optional}
	for range 1 + g.IntN(4) {
		d.tasks = append(d.tasks, g.task(d, depth, looped))
	}
	if last := d.tasks[len(d.tasks)-1]; g.chance(70) && last.gives() && last.items == nil {
		d.outputs, d.file = []string{last.name}, last.writes()
	}
	return d
}

// task makes the next task of a DAG.
func (g *generator) task(d dag, depth int, looped bool) *task {
	t := &task{name: g.name(), text: g.taken(d, looped)}
	t.after = g.after(d, t.text.task())
	t.completed = t.text.from == status || len(t.after) > 0 && !t.text.list && g.chance(15)
	t.optional, t.file = g.chance(25), g.chance(30) && !t.text.list
	if g.chance(10) {
		t.retries = 1
	}
	if depth > 0 && t.text.isText() && g.chance(40) {
		g.group(t, depth)
	}
	if !t.completed && g.chance(30) {
		t.condition = g.condition(d, t, looped)
	}
	return t
}

// isText reports whether a source is a text, which a group can take.
func (s source) isText() bool { return s.from != file && s.from != status && !s.list }

// after chooses tasks to wait for, of which one must be.
func (g *generator) after(d dag, must string) []string {
	var names []string
	for _, before := range d.tasks {
		if before.name == must || g.chance(25) {
			names = append(names, before.name)
		}
	}
	return names
}

// taken chooses what a task gets.
func (g *generator) taken(d dag, looped bool) source {
	if len(d.tasks) > 0 {
		of := d.tasks[g.IntN(len(d.tasks))]
		switch {
		case of.writes() && g.chance(40):
			return source{from: file, name: of.name}
		case g.chance(12):
			return source{from: status, name: of.name}
		}
	}
	return g.source(d, looped)
}

// group makes a task a group: branches, a nested pipeline or a loop.
func (g *generator) group(t *task, depth int) {
	t.retries = 0
	if g.chance(25) {
		body := g.branches(depth - 1)
		t.body = &body
		return
	}
	loop := g.chance(40)
	if loop {
		t.items = []string{}
		for range g.IntN(4) {
			t.items = append(t.items, g.literal())
		}
	}
	body := g.dag(depth-1, loop, g.chance(25))
	t.body = &body
}

// branches makes a DAG of two tasks, of which the text lets one run at most. It
// gives the text of that one.
func (g *generator) branches(depth int) dag {
	way := source{from: input, name: textInput}
	second := condition{of: way, not: true, want: textGo}
	if g.chance(40) {
		second = condition{of: way, want: textStop}
	}
	d := dag{file: true}
	for _, holds := range []condition{{of: way, want: textGo}, second} {
		t := &task{name: g.name(), text: way, condition: &holds, file: g.chance(60)}
		if g.chance(40) {
			t.text = source{from: constant, name: g.literal()}
		}
		if depth > 0 && g.chance(50) {
			body := g.dag(depth-1, false, false)
			last := &task{name: g.name(), text: way, file: g.chance(60)}
			body.tasks = append(body.tasks, last)
			body.outputs, body.file = []string{last.name}, last.file
			t.body = &body
		}
		d.tasks, d.outputs, d.file = append(d.tasks, t), append(d.outputs, t.name), d.file && t.writes()
	}
	return d
}

// source chooses where a text comes from.
func (g *generator) source(d dag, looped bool) source {
	switch n := g.IntN(100); {
	case n < 20:
		return source{from: constant, name: g.literal()}
	case n < 50 && looped:
		return source{from: input, name: itemInput}
	case n < 80:
		if before := d.tasks; len(before) > 0 {
			if of := before[g.IntN(len(before))]; of.gives() {
				return source{from: output, name: of.name, list: of.items != nil}
			}
		}
	case n < 87:
		return source{}
	}
	return source{from: input, name: textInput}
}

// condition chooses a text that is there whenever the task may run.
func (g *generator) condition(d dag, t *task, looped bool) *condition {
	of := g.source(d, looped)
	if of.from == nowhere || of == (source{from: input, name: textInput}) && d.optional {
		return nil // it may be absent
	}
	for _, before := range d.tasks {
		if before.name == of.task() {
			if before.body != nil {
				return nil // its output may be absent
			}
			t.wait(before.name)
		}
	}
	return &condition{of: of, not: g.chance(30), want: []string{textGo, textStop, textEmpty}[g.IntN(3)]}
}

// wait lets a task wait for another.
func (t *task) wait(name string) {
	if !slices.Contains(t.after, name) {
		t.after = append(t.after, name)
	}
}
