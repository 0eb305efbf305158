package golden

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// suffix ends the names of goldens.
const suffix = ".workflow.yaml"

// Suite is a folder of pipelines.
type Suite struct {
	// Dir is the folder; all names are relative to it, with slashes.
	Dir string
	// Settings say how the pipelines are translated.
	Settings Settings
	// Pipelines lists the compiled pipelines, in order.
	Pipelines []string
	// Orphans lists goldens that belong to no pipeline.
	Orphans []string
}

// Load finds the pipelines of a folder and the folders in it, and reads the
// settings that hold for it, as [FindSettings] does. Names that begin with a dot are
// left out. A folder without pipelines is an error, and so are settings for a
// pipeline that is not there.
func Load(dir string) (*Suite, error) {
	s := &Suite{Dir: dir}
	if err := s.find(); err != nil {
		return nil, err
	}
	if len(s.Pipelines) == 0 {
		return nil, fmt.Errorf("%s holds no compiled pipelines", dir)
	}
	var err error
	if s.Settings, err = FindSettings(dir); err != nil {
		return nil, err
	}
	return s, s.Settings.requirePipelines(dir, s.Pipelines)
}

func (s *Suite) find() error {
	names, err := yamlFiles(s.Dir)
	if err != nil {
		return err
	}
	var goldens []string
	owners := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(s.Dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		golden := goldenOf(name)
		switch {
		case strings.HasSuffix(name, suffix):
			if isTranslation(text) {
				goldens = append(goldens, name)
			}
		case !isPipeline(text):
		case owners[golden] != "":
			return fmt.Errorf("%s and %s would have the same golden", owners[golden], name)
		default:
			owners[golden] = name
			s.Pipelines = append(s.Pipelines, name)
		}
	}
	s.Orphans = slices.DeleteFunc(goldens, func(golden string) bool { return owners[golden] != "" })
	return nil
}

// yamlFiles lists the names of the YAML files below a folder, in order.
func yamlFiles(dir string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != dir && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || !entry.Type().IsRegular() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)):
			return nil
		}
		name, err := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(name))
		return err
	})
	return all, err
}

// goldenOf is the name of a pipeline's golden.
func goldenOf(pipeline string) string {
	return strings.TrimSuffix(pipeline, filepath.Ext(pipeline)) + suffix
}

// isTranslation reports whether a file was written by kfp2argo, rather than by
// users whose Workflows have such names.
func isTranslation(text []byte) bool {
	return bytes.HasPrefix(text, []byte("# Translated by kfp2argo "))
}

// pipelineKey matches the field that all compiled pipelines have, in a file
// that is no YAML. Such a one is to be reported rather than left out.
var pipelineKey = regexp.MustCompile(`(?m)^["']?pipelineInfo["']?\s*:`)

// isPipeline reports whether a file is a compiled pipeline.
func isPipeline(text []byte) bool {
	var document map[string]yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return pipelineKey.Match(text)
	}
	_, ok := document["pipelineInfo"]
	return ok
}
