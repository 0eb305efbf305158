// Package printer writes Kubernetes objects as YAML for people: no zero
// values, no status, fields in the order in which one reads them, short
// mappings and lists on one line, long text in block scalars, items of lists as
// far left as their key, as kubectl does it.
package printer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Print writes an object, under a comment that may have several lines. The
// same object gives the same bytes.
func Print(w io.Writer, object any, comment string) error {
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("encoding the object: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	node, err := read(decoder)
	if err != nil {
		return fmt.Errorf("encoding the object: %w", err)
	}
	drop(node, "status")
	prune(node, "")
	order(node, "")
	style(node)
	for line := range strings.Lines(comment) {
		if _, err := fmt.Fprintln(w, strings.TrimRight("# "+line, " \n")); err != nil {
			return err
		}
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(node); err != nil {
		return err
	}
	return encoder.Close()
}

// read turns JSON into a YAML node, keeping the order of keys.
func read(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return readAll(decoder, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
		}
		return readAll(decoder, &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"})
	case string:
		return text(t), nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(string(t), ".eE") {
			tag = "!!float"
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: string(t)}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(t)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

// readAll reads the rest of an object or array into a node; keys and values
// follow one another in both.
func readAll(decoder *json.Decoder, node *yaml.Node) (*yaml.Node, error) {
	for decoder.More() {
		child, err := read(decoder)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, child)
	}
	_, err := decoder.Token() // the closing bracket
	return node, err
}

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// drop removes a key of a mapping.
func drop(node *yaml.Node, key string) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			node.Content = slices.Delete(node.Content, i, i+2)
			return
		}
	}
}

// prune removes what says nothing: nulls, empty texts, empty mappings and
// lists. The places where emptiness means something are kept: the value of a
// parameter or a label, no storage class, and a mapping whose presence says what
// something is. It reports whether anything is left of the node, which stands
// under key.
func prune(node *yaml.Node, key string) bool {
	switch node.Kind {
	case yaml.MappingNode:
		if slices.Contains([]string{"labels", "annotations", "matchLabels", "nodeSelector"}, key) {
			return len(node.Content) > 0 // their keys are names that somebody has chosen
		}
		var kept []*yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if prune(node.Content[i+1], node.Content[i].Value) {
				kept = append(kept, node.Content[i], node.Content[i+1])
			}
		}
		node.Content = kept
		return len(kept) > 0 || key == "emptyDir" || key == "suspend"
	case yaml.SequenceNode:
		for _, item := range node.Content {
			prune(item, "")
		}
		return len(node.Content) > 0
	}
	empty := node.Tag == "!!null" || node.Tag == "!!str" && node.Value == ""
	return !empty || node.Tag == "!!str" && slices.Contains([]string{"value", "default", "storageClassName"}, key)
}

// order sorts the keys of the mappings in which Kubernetes' own order is not
// that of reading; key is what the node stands under.
func order(node *yaml.Node, key string) {
	if node.Kind == yaml.MappingNode {
		sortKeys(node, reading(key))
		for i := 1; i < len(node.Content); i += 2 {
			order(node.Content[i], node.Content[i-1].Value)
		}
		return
	}
	for _, item := range node.Content {
		order(item, key)
	}
}

// reading lists the keys of a mapping in the order of reading. Keys that are
// not listed keep their places, behind those that are.
func reading(key string) []string {
	switch key {
	case "spec", "workflowSpec":
		return []string{
			"schedules", "timezone", "concurrencyPolicy", "startingDeadlineSeconds", "suspend", "workflowMetadata", "workflowSpec",
			"workflowTemplateRef", "entrypoint", "onExit", "arguments", "serviceAccountName", "ttlStrategy", "activeDeadlineSeconds", "synchronization",
			"securityContext", "volumes", "volumeClaimTemplates", "templateDefaults",
		}
	case "container", "initContainers":
		return []string{"name", "image", "command", "args", "env", "volumeMounts", "mirrorVolumeMounts"}
	case "tolerations":
		return []string{"key", "operator", "value"}
	case "templates", "templateDefaults":
		return []string{
			"name", "parallelism", "failFast", "retryStrategy", "activeDeadlineSeconds", "container", "resource", "inputs", "outputs", "dag", "steps",
			"initContainers",
		}
	case "dag":
		return []string{"failFast", "target", "tasks"}
	}
	return []string{
		"apiVersion", "kind", "metadata", "generateName", "name", "template", "depends", "when",
		"value", "default", "valueFrom", "path", "expression",
	}
}

func sortKeys(node *yaml.Node, reading []string) {
	type field struct {
		key, value *yaml.Node
		rank       int
	}
	fields := make([]field, 0, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		rank := slices.Index(reading, node.Content[i].Value)
		if rank < 0 {
			rank = len(reading)
		}
		fields = append(fields, field{node.Content[i], node.Content[i+1], rank})
	}
	slices.SortStableFunc(fields, func(a, b field) int { return a.rank - b.rank })
	node.Content = node.Content[:0]
	for _, f := range fields {
		node.Content = append(node.Content, f.key, f.value)
	}
}
