package translate_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// BenchmarkExamples translates one pipeline at a time, from text to text, and
// tells how many bytes of Workflow each byte of pipeline becomes.
func BenchmarkExamples(b *testing.B) {
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) == 0 {
		b.Fatal("no examples", err)
	}
	for _, file := range files {
		source := read(b, file)
		b.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(b *testing.B) {
			written := 0
			for b.Loop() {
				written = translateAll(b, source)
			}
			if written == 0 {
				b.Fatalf("%s does not translate", file)
			}
			b.SetBytes(int64(len(source.Text)))
			b.ReportMetric(float64(written)/float64(len(source.Text)), "out/in")
		})
	}
}

// BenchmarkCorpus translates all pipelines of the corpus in a row. Those that
// are refused count too: finding that out is work.
func BenchmarkCorpus(b *testing.B) {
	var sources []diag.Source
	corpus := filepath.Join("..", "..", "shared", "corpus")
	if _, err := os.Stat(corpus); err != nil {
		b.Skip("the corpus is not beside the repository: ", err)
	}
	err := filepath.WalkDir(corpus, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "invalid" {
			return fs.SkipDir
		}
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".yaml" {
			sources = append(sources, read(b, path))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	var read, translated int
	for b.Loop() {
		read, translated = 0, 0
		for _, source := range sources {
			read += len(source.Text)
			if translateAll(b, source) > 0 {
				translated++
			}
		}
	}
	b.SetBytes(int64(read))
	b.ReportMetric(float64(len(sources)), "pipelines")
	b.ReportMetric(float64(translated), "translated")
}

// BenchmarkTasks translates generated pipelines: the time and the memory that a
// task takes stay the same however many there are.
func BenchmarkTasks(b *testing.B) {
	for _, tasks := range []int{100, 1_000, 10_000} {
		source := generated(tasks)
		b.Run(fmt.Sprint(tasks), func(b *testing.B) {
			b.ReportAllocs()
			written := 0
			for b.Loop() {
				written = translateAll(b, source)
			}
			if written == 0 {
				b.Fatal("it does not translate")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tasks), "ns/task")
			b.ReportMetric(float64(written)/float64(len(source.Text)), "out/in")
		})
	}
}

// generated is a pipeline of many tasks, a hundred in each of the pipelines that
// it consists of: Argo takes no more than 200 in one.
func generated(tasks int) diag.Source {
	const each = 100
	var root, nested strings.Builder
	for i := range tasks {
		group := i / each
		if i%each == 0 {
			fmt.Fprintf(&root, "      group-%d: {componentRef: {name: comp-group-%d}}\n", group, group)
			fmt.Fprintf(&nested, "  comp-group-%d:\n    dag:\n      tasks:\n", group)
		}
		after := ""
		if i%each > 0 {
			after = fmt.Sprintf(", dependentTasks: [task-%d]", i-1)
		}
		fmt.Fprintf(&nested, "        task-%d: {componentRef: {name: comp-work}, inputs: {parameters: {n: {runtimeValue: {constant: %d}}}}%s}\n", i, i, after)
	}
	text := "pipelineInfo: {name: generated}\nschemaVersion: 2.1.0\nroot:\n  dag:\n    tasks:\n" + root.String() +
		"components:\n  comp-work:\n    executorLabel: exec-work\n    inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}\n" + nested.String() +
		"deploymentSpec:\n  executors:\n    exec-work:\n      container: {image: python:3.11, command: [echo, \"{{$.inputs.parameters['n']}}\"]}\n"
	return diag.Source{Name: "generated.yaml", Text: []byte(text)}
}

func read(b *testing.B, file string) diag.Source {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return diag.Source{Name: file, Text: text}
}

// translateAll translates a pipeline and prints the Workflow. It returns how
// long that is: 0 for a pipeline that is refused.
func translateAll(b *testing.B, source diag.Source) int {
	b.Helper()
	workflow, _, err := translate.Translate(source, translate.Options{Store: translate.Store{Root: "s3://bucket/root"}, MaxSize: -1})
	if err != nil {
		b.Fatal(source.Name, err)
	}
	if workflow == nil {
		return 0
	}
	var printed bytes.Buffer
	if err := translate.Print(&printed, workflow, filepath.Base(source.Name)); err != nil {
		b.Fatal(source.Name, err)
	}
	return printed.Len()
}
