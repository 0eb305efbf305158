package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	jsonpatch "github.com/evanphx/json-patch"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

func (s *Server) serveObject(w http.ResponseWriter, r *http.Request, t target) error {
	switch r.Method {
	case http.MethodGet:
		return answer(w)(s.Store.Get(t.Key))
	case http.MethodPut:
		data, err := readBody(r)
		if err != nil {
			return err
		}
		if data, err = typed(data, t.Resource); err != nil {
			return err
		}
		return answer(w)(s.Store.Update(t.Key, func([]byte) ([]byte, error) { return data, valid(data, t.Resource) }))
	case http.MethodPatch:
		return s.patch(w, r, t)
	case http.MethodDelete:
		deletion, err := deletionOf(r)
		if err != nil {
			return err
		}
		return answer(w)(s.Store.Delete(t.Key, deletion))
	}
	return errMethod(r.Method)
}

// answer writes an object, or returns the error.
func answer(w http.ResponseWriter) func(*Object, error) error {
	return func(o *Object, err error) error {
		if err != nil {
			return err
		}
		return writeBytes(w, http.StatusOK, o.JSON)
	}
}

// patch changes an object by a patch. One that is applied is made where it is
// missing; who owns which of its fields is not kept.
func (s *Server) patch(w http.ResponseWriter, r *http.Request, t target) error {
	patch, err := readBody(r)
	if err != nil {
		return err
	}
	how := mediaType(r)
	if how == string(types.ApplyPatchType) {
		if _, err := s.Store.Get(t.Key); IsNotFound(err) {
			o, err := s.Store.Create(t.Key, patch)
			if err != nil {
				return err
			}
			return writeBytes(w, http.StatusCreated, o.JSON)
		}
	}
	return answer(w)(s.Store.Update(t.Key, func(old []byte) ([]byte, error) {
		changed, err := applyPatch(how, old, patch, t.Resource)
		if err != nil {
			return nil, errInvalid(err)
		}
		return changed, valid(changed, t.Resource)
	}))
}

// valid refuses an object that its type cannot hold.
func valid(data []byte, r Resource) error {
	f, err := decode(data)
	if err != nil {
		return err
	}
	return decodes(r, f)
}

// applyPatch applies a patch of a media type.
func applyPatch(how string, old, patch []byte, r Resource) ([]byte, error) {
	switch types.PatchType(how) {
	case types.JSONPatchType:
		decoded, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			return nil, err
		}
		return decoded.Apply(old)
	case types.MergePatchType:
		return jsonpatch.MergePatch(old, patch)
	case types.StrategicMergePatchType, types.ApplyPatchType:
		// Lists of Kubernetes' own types are merged by their keys. Argo's have
		// none: a list takes the place of the other.
		if object, err := scheme.Scheme.New(groupVersionKind(r)); err == nil {
			return strategicpatch.StrategicMergePatch(old, patch, object)
		}
		return jsonpatch.MergePatch(old, patch)
	}
	return nil, fmt.Errorf("no patch of the type %q", how)
}

func mediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// maxBody bounds a request, as an API server does.
const maxBody = 3 << 20

// protobufPrefix begins a body that is no JSON.
var protobufPrefix = []byte("k8s\x00")

// readBody reads the body of a request as JSON.
func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, errBadRequest(err)
	case len(data) > maxBody:
		return nil, &Error{http.StatusRequestEntityTooLarge, metav1.StatusReasonRequestEntityTooLarge, fmt.Sprintf("limit is %d", maxBody)}
	case strings.HasSuffix(mediaType(r), "yaml"):
		data, err = yaml.YAMLToJSON(data)
	case bytes.HasPrefix(data, protobufPrefix):
		data, err = fromProtobuf(data)
	}
	if err != nil {
		return nil, errBadRequest(err)
	}
	return data, nil
}

func fromProtobuf(data []byte) ([]byte, error) {
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(data, nil, nil)
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

func deletionOf(r *http.Request) (Deletion, error) {
	data, err := readBody(r)
	if err != nil {
		return Deletion{}, err
	}
	var options metav1.DeleteOptions
	if len(data) > 0 {
		if err := json.Unmarshal(data, &options); err != nil {
			return Deletion{}, errBadRequest(err)
		}
	}
	d := Deletion{Grace: options.GracePeriodSeconds}
	if options.Preconditions != nil && options.Preconditions.UID != nil {
		d.UID = string(*options.Preconditions.UID)
	}
	policy := metav1.DeletionPropagation(r.URL.Query().Get("propagationPolicy"))
	if options.PropagationPolicy != nil {
		policy = *options.PropagationPolicy
	}
	d.Orphan = policy == metav1.DeletePropagationOrphan
	return d, nil
}
