package golden_test

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/golden"
)

// TestJUnit reads what is written as a CI system does. Texts may hold what XML
// cannot, and what would end an element.
func TestJUnit(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), "pipelineInfo: {name: a}\n")
	write(t, filepath.Join(dir, "a.workflow.yaml"), "]]></failure>\x1b[31m\n")
	write(t, filepath.Join(dir, "b.yaml"), "pipelineInfo: {name: b}\n")
	write(t, filepath.Join(dir, "b.workflow.yaml"), "same\n")
	write(t, filepath.Join(dir, "c.yaml"), "pipelineInfo: {name: c}\n")
	suite, err := golden.Load(dir)
	require.NoError(t, err)
	results, err := suite.Run(func(pipeline string) (golden.Translation, error) {
		if pipeline == "c.yaml" {
			return golden.Translation{Problems: "c.yaml:1:1: \"bad\" & <worse>\n"}, nil
		}
		return golden.Translation{Text: []byte("same\n")}, nil
	}, false)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, golden.JUnit(&text, "pipelines", results))

	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	var read struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string   `xml:"name,attr"`
				File    string   `xml:"file,attr"`
				Failure *failure `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text.String()), &read))
	require.Equal(t, 3, read.Tests)
	require.Equal(t, 2, read.Failures)
	cases := read.Suites[0].Cases
	require.Len(t, cases, 3)
	require.Equal(t, "pipelines/a.yaml", cases[0].File)
	require.Equal(t, "a.yaml becomes something else than a.workflow.yaml", cases[0].Failure.Message)
	require.Contains(t, cases[0].Failure.Text, "\n-]]></failure>\ufffd[31m\n+same\n")
	require.Nil(t, cases[1].Failure)
	require.Equal(t, &failure{"c.yaml does not translate", "c.yaml:1:1: \"bad\" & <worse>\n"}, cases[2].Failure)

	require.ErrorIs(t, golden.JUnit(broken{}, "", results), errBroken)
	require.ErrorIs(t, golden.Report(broken{}, results, false), errBroken)
}

// TestWorldFails passes the world's errors on, with the pipeline's name.
func TestWorldFails(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), "pipelineInfo: {}\n")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a.workflow.yaml"), 0o700))
	suite, err := golden.Load(dir)
	require.NoError(t, err)
	_, err = suite.Run(func(string) (golden.Translation, error) { return golden.Translation{}, errBroken }, false)
	require.EqualError(t, err, "a.yaml: the disk is full")
	_, err = suite.Run(func(string) (golden.Translation, error) { return golden.Translation{Text: []byte("x")}, nil }, true)
	require.ErrorContains(t, err, "is a directory")
}

// TestOptions lets a pipeline's own options replace those of all.
func TestOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), golden.SettingsFile)
	write(t, file, `
options: {namespace: a, env: {A: b, N: 1, L: [x, {y: null}]}, no-cache: true}
pipelines:
  p.yaml: {namespace: b, schedule: ["@daily", 5]}
`)
	s, err := golden.ReadSettings(file)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{
		"namespace": {"b"}, "env": {"A=b", "N=1", `L=["x",{"y":null}]`}, "no-cache": {"true"}, "schedule": {"@daily", "5"},
	}, values(s.Options("p.yaml")))
	require.Equal(t, []string{"a"}, values(s.Options("q.yaml"))["namespace"])
	require.Equal(t, file+":2:11", s.Options("q.yaml")[0].At)
}

// TestFindSettings takes the nearest file in the repository, and without one only
// the folder's own.
func TestFindSettings(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "team", "pipelines")
	require.NoError(t, os.MkdirAll(inner, 0o700))
	write(t, filepath.Join(root, golden.SettingsFile), "options: {namespace: root}\npipelines: {team/pipelines/p.yaml: {name: p}, gone.yaml: {name: q}}\n")
	find := func(dir string) map[string][]string {
		s, err := golden.FindSettings(dir)
		require.NoError(t, err)
		name, err := s.Name(filepath.Join(inner, "p.yaml"))
		require.NoError(t, err)
		return values(s.Options(name))
	}
	require.Empty(t, find(inner), "there is no repository")
	require.Equal(t, map[string][]string{"namespace": {"root"}, "name": {"p"}}, find(root))
	require.NoError(t, os.Mkdir(filepath.Join(root, ".git"), 0o700))
	require.Equal(t, map[string][]string{"namespace": {"root"}, "name": {"p"}}, find(inner))

	write(t, filepath.Join(inner, "p.yaml"), "pipelineInfo: {}\n")
	_, err := golden.Load(inner)
	require.NoError(t, err, "gone.yaml would be in another folder")
	_, err = golden.Load(root)
	require.ErrorContains(t, err, `there is no pipeline "gone.yaml"`)

	write(t, filepath.Join(root, "team", golden.SettingsFile), "options: {namespace: team}\n")
	require.Equal(t, map[string][]string{"namespace": {"team"}}, find(inner), "the nearest")
	require.NoError(t, os.Mkdir(filepath.Join(inner, ".git"), 0o700))
	require.Empty(t, find(inner), "those above belong to another repository")
}

func values(options []golden.Option) map[string][]string {
	all := map[string][]string{}
	for _, o := range options {
		all[o.Name] = append(all[o.Name], o.Values...)
	}
	return all
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

var errBroken = errors.New("the disk is full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
