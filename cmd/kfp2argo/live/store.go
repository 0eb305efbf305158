package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/translate"
)

// Store is the store of a run, as it is seen from here.
type Store struct {
	store *store.Store
	// unreachable says why it cannot be reached from here, or is nil.
	unreachable error
}

// Environment is what the command has for the stores of runs: credentials, and
// volumes of this machine.
type Environment struct {
	// Getenv has the credentials; nil has none.
	Getenv func(string) string
	// Claims is the directory with what claims hold, NAMESPACE/NAME each; it is
	// empty where they cannot be seen, as those of a cluster. Then Getenv may
	// tell where the volume of a run is, in [contract.VolumeVariable].
	Claims string
}

// UnreachableError says why the store of a run cannot be reached from here.
type UnreachableError struct{ Reason string }

func (e *UnreachableError) Error() string { return e.Reason }

// OpenStore opens the store of a run. Its settings are those of the run. Nothing
// is asked of it yet.
func OpenStore(w *wfv1.Workflow, environment Environment) *Store {
	text := argument(w, translate.RootArgument)
	fallbacks := map[string]string{contract.StoreVariable: storeConfig(w), contract.VolumeVariable: environment.volume(w)}
	getenv := func(name string) string {
		if environment.Getenv == nil {
			return fallbacks[name]
		}
		return cmp.Or(environment.Getenv(name), fallbacks[name])
	}
	if strings.Contains(text, "endpoint="+contract.VolumeRoot) || inVolume(text) && getenv(contract.VolumeVariable) == "" {
		return &Store{unreachable: &UnreachableError{"the store of the run is a volume that only its pods see; where it is mounted here, say so in " + contract.VolumeVariable}}
	}
	opened, err := store.Open(text, getenv)
	if err != nil {
		return &Store{unreachable: fmt.Errorf("the pipeline root of the run: %w", err)}
	}
	return &Store{store: opened}
}

// inVolume reports whether a URI leads into the volume that is the store.
func inVolume(uri string) bool {
	rest, ok := strings.CutPrefix(uri, contract.VolumeRoot)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '?')
}

// volume returns the directory of the claim that a run stores artifacts in, or
// nothing.
func (e Environment) volume(w *wfv1.Workflow) string {
	if e.Claims == "" {
		return ""
	}
	spec := specOf(w)
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		for _, t := range templates(spec) {
			if t.Container == nil {
				continue
			}
			for _, m := range t.Container.VolumeMounts {
				if m.Name == v.Name && m.MountPath == contract.StoreDir {
					return filepath.Join(e.Claims, w.Namespace, v.PersistentVolumeClaim.ClaimName, m.SubPath)
				}
			}
		}
	}
	return ""
}

// specOf returns what a run is made of: its own, or that of its template.
func specOf(w *wfv1.Workflow) *wfv1.WorkflowSpec {
	if w.Status.StoredWorkflowSpec != nil {
		return w.Status.StoredWorkflowSpec
	}
	return &w.Spec
}

// templates lists the templates of a run, what all of them have first.
func templates(spec *wfv1.WorkflowSpec) []wfv1.Template {
	if spec.TemplateDefaults == nil {
		return spec.Templates
	}
	return append([]wfv1.Template{*spec.TemplateDefaults}, spec.Templates...)
}

// argument returns an argument of a run, or its default.
func argument(w *wfv1.Workflow, name string) string {
	of := func(spec *wfv1.WorkflowSpec) string {
		if p := spec.Arguments.GetParameterByName(name); p != nil && p.Value != nil {
			return p.Value.String()
		}
		return ""
	}
	if text := of(&w.Spec); text != "" || w.Status.StoredWorkflowSpec == nil {
		return text
	}
	return of(w.Status.StoredWorkflowSpec)
}

// storeConfig returns the stores that the pods of a run are configured with.
func storeConfig(w *wfv1.Workflow) string {
	for _, t := range templates(specOf(w)) {
		for _, c := range t.InitContainers {
			for _, e := range c.Env {
				if e.Name == contract.StoreVariable {
					return e.Value
				}
			}
		}
	}
	return ""
}

// resolve returns the text that a reference refers to.
func (s *Store) resolve(ctx context.Context, r contract.Reference) (string, error) {
	uri, err := s.uri(r.URI)
	if err != nil {
		return "", err
	}
	text, err := s.store.Read(ctx, uri)
	if err != nil {
		return "", s.explained(uri, err)
	}
	return string(text), r.Check(text)
}

func (s *Store) uri(text string) (store.URI, error) {
	if s.unreachable != nil {
		return store.URI{}, s.unreachable
	}
	return store.ParseURI(text)
}

// Download fetches artifacts to a path and returns what it has made. A path
// that is a directory, or ends with a slash, gets them inside, under their own
// names. Several artifacts become a directory of their numbers. What is there
// already is not overwritten.
func (s *Store) Download(ctx context.Context, artifacts []contract.RuntimeArtifact, to string) ([]string, error) {
	if len(artifacts) == 1 {
		place := to
		if isDirectory(to) {
			place = filepath.Join(to, path.Base(artifacts[0].URI))
		}
		if err := s.download(ctx, artifacts[0].URI, place); err != nil {
			return nil, err
		}
		return []string{place}, nil
	}
	var places []string
	for i, a := range artifacts {
		place := filepath.Join(to, strconv.Itoa(i))
		if err := s.download(ctx, a.URI, place); err != nil {
			return places, err
		}
		places = append(places, place)
	}
	return places, nil
}

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return strings.HasSuffix(name, "/") || err == nil && info.IsDir()
}

func (s *Store) download(ctx context.Context, text, to string) error {
	uri, err := s.uri(text)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s is there already", to)
	}
	if _, err := s.store.Facts(uri); errors.Is(err, backend.ErrNoCredentials) {
		return fmt.Errorf("fetching %s: %w", uri, s.noCredentials(uri)) // it would be tried again and again
	}
	return s.explained(uri, s.store.Download(ctx, uri, to))
}

// noCredentials says what to set where the store of a URI has no credentials here.
func (s *Store) noCredentials(uri store.URI) error {
	facts, err := s.store.Facts(uri)
	switch {
	case errors.Is(err, backend.ErrNoCredentials):
	case err == nil && facts.Endpoint != "" && facts.Credentials == "":
		err = backend.ErrNoCredentials
	default:
		return nil
	}
	return fmt.Errorf("%w: set %s and %s, or what AWS's own tools take", err, contract.AccessKeyVariable, contract.SecretKeyVariable)
}

// explained adds to an error of the store that there are no credentials, without
// which a bucket can be read only if it is public.
func (s *Store) explained(uri store.URI, err error) error {
	if err == nil {
		return nil
	}
	if missing := s.noCredentials(uri); missing != nil {
		return fmt.Errorf("%w; there are %w", err, missing)
	}
	return err
}
