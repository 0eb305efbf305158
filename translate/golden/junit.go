package golden

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"path/filepath"
)

// The elements of JUnit's XML, as far as CI systems read them.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []junitSuite
	}
	junitSuite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Cases    []junitCase
	}
	junitCase struct {
		XMLName xml.Name      `xml:"testcase"`
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Detail  string `xml:",chardata"`
	}
)

// JUnit writes the results of a suite as JUnit XML, without times, so that the
// same results give the same bytes. The error is that of w.
func JUnit(w io.Writer, dir string, results []Result) error {
	suite := junitSuite{Name: "kfp2argo", Tests: len(results)}
	for _, r := range results {
		c := junitCase{Class: "kfp2argo", Name: r.Name, File: path.Join(filepath.ToSlash(dir), cmp.Or(r.File, r.Name))}
		if !r.Good() {
			suite.Failures++
			c.Failure = &junitFailure{Message: r.Name + " " + r.Message(), Detail: r.Detail}
		}
		suite.Cases = append(suite.Cases, c)
	}
	all := junitSuites{Tests: suite.Tests, Failures: suite.Failures, Suites: []junitSuite{suite}}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the results: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}
