// Package storage reads what a cluster already knows of its stores, so that
// it need not be written down twice: the ConfigMap of KFP's launcher, and the
// artifact repository in one of Argo's.
//
//	kfp-launcher                    defaultPipelineRoot and providers; or these on their own
//	artifact-repositories           an artifact repository under each key
//	workflow-controller-configmap   artifactRepository
//
// What it makes holds no secrets, but names environment variables for them and
// the keys of Secrets that these come from. Whatever it does not understand it
// refuses, at its place.
package storage

import (
	"fmt"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// File is a file as kubectl prints it: a ConfigMap or a list of them.
type File struct {
	diag.Source
	// Key selects one of several artifact repositories. Where it is empty, the
	// annotation of the ConfigMap does.
	Key string
}

// Config is what files say of stores.
type Config struct {
	// Root is the default of the pipeline root, or empty.
	Root string
	// Places are in the order in which the pods are to try them.
	Places []contract.StorePlace
	// Keys are the secrets that the places need.
	Keys []Key
}

// Key is a key of a Secret and the environment variable that takes its value.
type Key struct{ Env, Secret, Key string }

// Options say how files are read.
type Options struct {
	// First is what diagnostics count the first file as.
	First int
	// CABundle says that the pods have certificates of their own.
	CABundle bool
}

// Read reads files, the earlier of which win. It reports whatever is wrong or
// not supported; the result holds what is right.
func Read(files []File, options Options, report *diag.Report) *Config {
	c := &Config{}
	for i, f := range files {
		var found diag.Report
		r := reader{messages: messages{&found}, source: f.Source, key: f.Key, config: c, options: options}
		if tree := document.ReadTree(f.Source, &found); tree != nil {
			r.file(tree)
		} else {
			r.nothing()
		}
		for _, d := range found.Diagnostics() {
			d.Source = options.First + i
			report.Add(d)
		}
	}
	// What is for a bucket comes before what is for all of a scheme.
	slices.SortStableFunc(c.Places, func(a, b contract.StorePlace) int { return generality(a) - generality(b) })
	return c
}

func generality(p contract.StorePlace) int {
	if p.URI[len(p.URI)-1] == '/' { // s3://
		return 1
	}
	return 0
}

// reader reads one file, or a text in it.
type reader struct {
	messages
	source  diag.Source
	key     string
	config  *Config
	options Options
}

// file reads what a file holds: Kubernetes' objects or the settings themselves.
func (r reader) file(t *document.Tree) {
	if t.Kind != document.MappingTree {
		r.notAConfig(t)
		return
	}
	switch kind := member(t, "kind"); {
	case kind == nil:
		r.bare(t)
	case kind.Text() == "ConfigMap":
		r.configMap(t)
	case kind.Text() == "List":
		if items := member(t, "items"); items != nil {
			for _, item := range items.Items {
				r.file(item)
			}
		}
	default:
		r.notAConfig(kind)
	}
}

// bare reads the settings of KFP's launcher, or their part providers, without a
// ConfigMap around them.
func (r reader) bare(t *document.Tree) {
	r.requireNoKey(t)
	if len(t.Fields) == 0 {
		r.notAConfig(t)
		return
	}
	for _, f := range t.Fields {
		if _, ok := schemesOf(f.Key.Value); !ok {
			r.launcher(t)
			return
		}
	}
	r.providers(t, providersField)
}

// The ConfigMaps that are known by their names.
const (
	controllerName = "workflow-controller-configmap"
	launcherName   = "kfp-launcher"
)

// defaultAnnotation names the artifact repository that Argo uses by default.
const defaultAnnotation = "workflows.argoproj.io/default-artifact-repository"

func (r reader) configMap(t *document.Tree) {
	var meta, data *document.Tree
	r.object(t, "the ConfigMap", fields{
		"apiVersion": ignored, "kind": ignored, "immutable": ignored,
		"metadata": func(t *document.Tree) { meta = t },
		"data":     func(t *document.Tree) { data = t },
	})
	if data == nil || data.Kind != document.MappingTree {
		r.noData(t)
		return
	}
	name := textOf(member(meta, "name"))
	switch {
	case name == launcherName || has(data, rootField) || has(data, providersField):
		r.requireNoKey(data)
		r.launcher(data)
	case name == controllerName || has(data, repositoryField):
		r.requireNoKey(data)
		r.controller(data)
	default:
		r.repositories(data, textOf(member(member(meta, "annotations"), defaultAnnotation)))
	}
}

// requireNoKey reports a key where there is nothing to select from.
func (r reader) requireNoKey(t *document.Tree) {
	if r.key != "" {
		r.uselessKey(r.key, t)
	}
}

// add adds a place.
func (r reader) add(p contract.StorePlace) { r.config.Places = append(r.config.Places, p) }

// setRoot sets the root unless an earlier file has.
func (r reader) setRoot(root string) {
	if r.config.Root == "" {
		r.config.Root = root
	}
}

// secret returns the key of a place for a key of a Secret. What is needed
// twice has one variable, and those of one Secret have its number.
func (r reader) secret(name, key, purpose string) *contract.StoreKey {
	numbers := map[string]int{}
	taken := map[string]bool{}
	for _, k := range r.config.Keys {
		if k.Secret == name && k.Key == key {
			return &contract.StoreKey{Env: k.Env, From: name + "/" + key}
		}
		if _, known := numbers[k.Secret]; !known {
			numbers[k.Secret] = len(numbers)
		}
		taken[k.Env] = true
	}
	number, known := numbers[name]
	if !known {
		number = len(numbers)
	}
	env := fmt.Sprintf("%s_%d_%s", contract.StoreVariable, number, purpose)
	for i := 2; taken[env]; i++ {
		env = fmt.Sprintf("%s_%d_%s_%d", contract.StoreVariable, number, purpose, i)
	}
	r.config.Keys = append(r.config.Keys, Key{Env: env, Secret: name, Key: key})
	return &contract.StoreKey{Env: env, From: name + "/" + key}
}

// The purposes of secrets, as in the names of their variables.
const (
	accessKey    = "ACCESS_KEY"
	secretKey    = "SECRET_KEY"
	sessionToken = "SESSION_TOKEN"
	onlyKey      = "KEY"
)
