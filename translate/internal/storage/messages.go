package storage

import (
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// messages holds the text of everything that this package reports.
type messages struct{ report *diag.Report }

const kubectlHint = "pass what kubectl prints: kubectl get configmap kfp-launcher -o yaml"

func (m messages) nothing() {
	if !m.report.HasErrors() {
		m.report.Errorf(diag.NotAStoreConfig, diag.Span{}, "the file of stores is empty").Hintf(kubectlHint)
	}
}

func (m messages) notAConfig(t *document.Tree) {
	m.report.Errorf(diag.NotAStoreConfig, t.Span, "this says nothing of stores: expected a ConfigMap, found %s", t.Describe()).Hintf(kubectlHint)
}

func (m messages) noData(t *document.Tree) {
	m.report.Errorf(diag.NotAStoreConfig, t.Span, "this ConfigMap has no data").Hintf(kubectlHint)
}

func (m messages) uselessKey(key string, t *document.Tree) {
	m.report.Errorf(diag.NotAStoreConfig, t.Span, "the key %q selects an artifact repository of Argo's, and there are none here", key).
		Hintf("leave out what follows the #")
}

// Fields.

func (m messages) unknownField(key document.Text, what string, known []string) {
	d := m.report.Errorf(diag.UnknownField, key.Span, "unknown field %q in %s", key.Value, what)
	if name, ok := diag.Nearest(key.Value, known); ok {
		d.Hintf("did you mean %q?", name)
		return
	}
	d.Hintf("the fields here are %s", strings.Join(known, ", "))
}

func (m messages) sameField(key document.Text, first string) {
	m.report.Errorf(diag.DuplicateKey, key.Span, "%q is the same field as %q", key.Value, first).Hintf("remove one of the two")
}

func (m messages) wrongType(t *document.Tree, what, want string) {
	d := m.report.Errorf(diag.WrongType, t.Span, "%s must be %s, found %s", what, want, t.Describe())
	if want == "text" && (t.Kind == document.NumberTree || t.Kind == document.BooleanTree) {
		d.Hintf("put it in quotes")
	}
}

func (m messages) badValue(t *document.Tree, what, problem string) {
	short, _, _ := strings.Cut(problem, " (e.g.")
	m.report.Errorf(diag.BadSetting, t.Span, "%s is %s: %s", what, t.Describe(), short)
}

func (m messages) notACount(t *document.Tree, what string) {
	m.report.Errorf(diag.InvalidNumber, t.Span, "%s must be a whole number that is not negative, found %s", what, t.Describe())
}

// What is missing.

// requireAll reports the fields that are empty, and whether none is.
func (m messages) requireAll(t *document.Tree, what string, values map[string]string) bool {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return true
	}
	m.report.Errorf(diag.MissingCredentials, t.Span, "%s has no %s", what, strings.Join(missing, " and no ")).
		Hintf("it names a Secret and the keys in it")
	return false
}

func (m messages) noDefault(t *document.Tree, what string) {
	m.report.Errorf(diag.MissingCredentials, t.Span, "%s has no default, which KFP needs even where an override holds", what).
		Hintf("default: {credentials: {fromEnv: true}} leaves the credentials to the pods")
}

func (m messages) noCredentials(t *document.Tree, what string) {
	m.report.Errorf(diag.MissingCredentials, t.Span, "%s has no credentials", what).
		Hintf("credentials: {fromEnv: true} leaves them to the pods; a secretRef names a Secret")
}

func (m messages) halfCredentials(t *document.Tree, what string) {
	m.report.Errorf(diag.MissingCredentials, t.Span, "%s has one of accessKeySecret and secretKeySecret; S3 needs both, or none", what)
}

func (m messages) unusedSecret(t *document.Tree, what string) {
	m.report.Warnf(diag.UnusedSetting, t.Span, "%s takes the credentials from the environment, so that its secretRef is not used", what)
}

func (m messages) noEndpoint(t *document.Tree, what string) {
	m.report.Errorf(diag.IncompleteStore, t.Span, "%s has no endpoint", what)
}

func (m messages) noBucket(t *document.Tree, what string) {
	m.report.Errorf(diag.IncompleteStore, t.Span, "%s names no bucket", what)
}

func (m messages) noMinio(t *document.Tree) {
	m.report.Errorf(diag.IncompleteStore, t.Span, "%s is in MinIO, and nothing says where that is", rootField).
		Hintf("KFP assumes its own installation here; describe it: providers: {minio: {default: {endpoint: …, credentials: …}}}")
}

// Argo's repositories.

func (m messages) noRepository(t *document.Tree) {
	m.report.Errorf(diag.IncompleteStore, t.Span, "there is no artifact repository here").
		Hintf("it would have s3, gcs or azure")
}

func (m messages) noSuchRepository(t *document.Tree, key string) {
	var names []string
	for _, f := range t.Fields {
		names = append(names, f.Key.Value)
	}
	if key == "" {
		m.report.Errorf(diag.IncompleteStore, t.Span, "nothing says which of the artifact repositories to take").
			Hintf("append #KEY to the name of the file, where KEY is one of %s", strings.Join(names, ", "))
		return
	}
	m.report.Errorf(diag.IncompleteStore, t.Span, "there is no artifact repository %q", key).
		Hintf("there are %s", strings.Join(names, ", "))
}

func (m messages) secondRepository(t *document.Tree, what string) {
	m.report.Errorf(diag.OneofConflict, t.Span, "%s is more than one repository", what).Hintf("keep the one that is meant")
}

func (m messages) unsupportedStore(t *document.Tree, what string) {
	m.report.Errorf(diag.UnsupportedStore, t.Span, "%s is a kind of store that the pods cannot use", what).
		Hintf("s3, gcs and azure can be used; or give a store of your own with --pipeline-root")
}

func (m messages) unsupported(t *document.Tree, what, hint string) {
	m.report.Errorf(diag.UnsupportedStore, t.Span, "%s is not supported", what).Hintf("%s", hint)
}
