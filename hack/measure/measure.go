package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// readable is how many characters a line may have.
const readable = 200

// figures are the sums over pipelines.
type figures struct {
	translated, refused int
	// in and out are the bytes of what is translated, and of what it becomes.
	in, out int
	// longest is the length of the longest line outside the programs, in
	// characters, and where it is; long are those above what is readable. Places
	// are FILE:LINE of the Workflow, under the name of the pipeline's file.
	longest int
	where   string
	long    []string
	// unused are inputs of templates as "FILE: TEMPLATE.INPUT".
	unused []string
}

// add translates a pipeline and counts it in. The error is a bug of the
// translator.
func (f *figures) add(source diag.Source) error {
	workflow, _, err := translate.Translate(source, translate.Options{})
	if err != nil {
		return fmt.Errorf("%s: %w", source.Name, err)
	}
	if workflow == nil {
		f.refused++
		return nil
	}
	var printed bytes.Buffer
	if err := translate.Print(&printed, workflow, source.Name); err != nil {
		return fmt.Errorf("%s: %w", source.Name, err)
	}
	f.translated++
	f.in += len(source.Text)
	f.out += printed.Len()
	if err := f.lines(source.Name, printed.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", source.Name, err)
	}
	for i := range workflow.Spec.Templates {
		t := &workflow.Spec.Templates[i]
		names, err := unused(t)
		if err != nil {
			return fmt.Errorf("%s: template %s: %w", source.Name, t.Name, err)
		}
		for _, name := range names {
			f.unused = append(f.unused, fmt.Sprintf("%s: %s.%s", source.Name, t.Name, name))
		}
	}
	return nil
}

// lines measures the lines of a printed Workflow, but for those that are the
// pipeline's own: programs, and single texts.
func (f *figures) lines(name string, printed []byte) error {
	own, err := programs(printed)
	if err != nil {
		return err
	}
	number := 0
	for line := range strings.Lines(string(printed)) {
		number++
		if own[number] || ownText.MatchString(line) {
			continue
		}
		length := utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))
		place := fmt.Sprintf("%s:%d", name, number)
		if length > f.longest {
			f.longest, f.where = length, place
		}
		if length > readable {
			f.long = append(f.long, fmt.Sprintf("%s: %d characters", place, length))
		}
	}
	return nil
}

// print writes the figures, and where it is verbose what they count.
func (f *figures) print(out io.Writer, verbose bool) error {
	if f.translated == 0 {
		return fmt.Errorf("no pipeline is translated, %d are refused", f.refused)
	}
	var long, unused string
	if verbose {
		long, unused = listed(f.long), listed(f.unused)
	}
	_, err := fmt.Fprintf(out, `%d pipelines translated, %d refused
bytes out / bytes in: %.2f (%d / %d)
longest line outside programs: %d characters (%s)
lines over %d characters: %d
%sunused inputs: %d
%s`, f.translated, f.refused, float64(f.out)/float64(f.in), f.out, f.in,
		f.longest, f.where, readable, len(f.long), long, len(f.unused), unused)
	return err
}

// listed indents a list.
func listed(items []string) string {
	var text strings.Builder
	for _, item := range items {
		text.WriteString("  " + item + "\n")
	}
	return text.String()
}

// ownText matches a line of a task document that holds one text and nothing else,
// such as the default value of an input: it is the pipeline's own, and JSON does
// not break a text over lines.
var ownText = regexp.MustCompile(`^ *"[^"]*": "([^"\\]|\\.)*",?\n?$`)

// programs returns the numbers of the lines, from one, that hold the commands
// and arguments of the containers of a printed Workflow: text that is the
// pipeline's own.
func programs(printed []byte) (map[int]bool, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(printed, &document); err != nil {
		return nil, err
	}
	own := map[int]bool{}
	end := 1 + bytes.Count(printed, []byte("\n"))
	spec := find(block{&document, end}, "spec")
	for _, template := range find(spec, "templates").items() {
		container := find(template, "container")
		for _, key := range []string{"command", "args"} {
			program := find(container, key)
			for line := program.start(); line <= program.end; line++ {
				own[line] = true
			}
		}
	}
	return own, nil
}

// block is a node and the number of its last line, which YAML's parser does not
// tell: it is before the next node's. A block without a node has no lines.
type block struct {
	node *yaml.Node
	end  int
}

// start is the number of the first line.
func (b block) start() int {
	if b.node == nil {
		return b.end + 1
	}
	return b.node.Line
}

// find returns the value of a key in a mapping.
func find(b block, key string) block {
	if b.node != nil && b.node.Kind == yaml.DocumentNode {
		b.node = b.node.Content[0]
	}
	if b.node == nil || b.node.Kind != yaml.MappingNode {
		return block{}
	}
	content := b.node.Content
	for i := 0; i < len(content); i += 2 {
		if content[i].Value == key {
			return block{content[i+1], b.before(i + 2)}
		}
	}
	return block{}
}

// items returns what a sequence holds.
func (b block) items() []block {
	if b.node == nil || b.node.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]block, 0, len(b.node.Content))
	for i, item := range b.node.Content {
		items = append(items, block{item, b.before(i + 1)})
	}
	return items
}

// before returns the last line of what stands before the i-th part.
func (b block) before(i int) int {
	if i == len(b.node.Content) {
		return b.end
	}
	return b.node.Content[i].Line - 1
}

// read matches what reads an input, or with no name all of them.
var read = regexp.MustCompile(`\binputs\.parameters(?:\['([^']*)'\]|\.([\w-]+))?`)

// unused returns the names of the inputs that nothing in their template reads,
// in their order.
func unused(t *wfv1.Template) ([]string, error) {
	rest := t.DeepCopy()
	rest.Inputs.Parameters = nil
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(rest); err != nil {
		return nil, err
	}
	reads := map[string]bool{}
	for _, match := range read.FindAllStringSubmatch(text.String(), -1) {
		reads[match[1]+match[2]] = true
	}
	if reads[""] {
		return nil, nil
	}
	var names []string
	for _, input := range t.Inputs.Parameters {
		if !reads[input.Name] {
			names = append(names, input.Name)
		}
	}
	return names, nil
}
