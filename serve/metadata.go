package serve

import (
	"net/http"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/mlmd"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	kfp "github.com/kfp2argo/kfp2argo/serve/rest"
)

// metadata answers what KFP's web UI asks of ML Metadata. It is asked by POST, but
// nothing is changed, so that the origin does not matter: a page elsewhere cannot
// read the answer.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request, method string, seen *seen) {
	seen.call = "MLMD"
	open := func() (*registry.View, error) {
		if s.config.Auth == access.None {
			if err := s.hosts.check(r); err != nil {
				return nil, &kfp.StatusError{Status: http.StatusForbidden, Err: err}
			}
		}
		caller, err := s.gate.Enter(r, access.Purpose{Resource: "runs", Verb: "get"})
		if err != nil {
			return nil, err
		}
		seen.user = caller.Name
		return s.registry.View(caller.Config, caller.Allow)
	}
	if err := mlmd.Answer(w, r, method, open, kfp.CodeOf); err != nil {
		seen.problem = err.Error()
	}
}
