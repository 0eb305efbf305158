package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kfp2argo/kfp2argo/hack/bench/idle"
)

// pipeline is one that is measured.
type pipeline struct {
	what string // as the page calls it
	name string
	file string
	pods int
}

// chainLength is how many tasks the chain has.
const chainLength = 20

// pipelines lists what is measured, and writes those that are made here into a
// directory.
func (o options) pipelines(dir string) ([]pipeline, error) {
	all := []pipeline{{"hello, two tasks in Python", "bench-hello", o.hello, 2}}
	add := func(what, name string, pods int, text []byte) error {
		file := filepath.Join(dir, name+".json")
		all = append(all, pipeline{what, name, file, pods})
		return os.WriteFile(file, text, 0o666)
	}
	if err := add(fmt.Sprintf("a chain of %d tasks", chainLength), "bench-chain", chainLength, idle.Layers("bench-chain", chainLength, 1)); err != nil {
		return nil, err
	}
	for _, n := range []int{10, 100, 1000} {
		if n > o.largest {
			break
		}
		name := fmt.Sprintf("bench-loop-%d", n)
		if err := add(fmt.Sprintf("a loop of %d", n), name, n, idle.Loops(name, idle.Loop{Items: n})); err != nil {
			return nil, err
		}
	}
	return all, nil
}
