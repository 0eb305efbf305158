// Package engine puts together what runs Workflows without a cluster: an API, a
// kubelet and Argo's controller, in one process and over one directory.
package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/argo"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// Options say what to run, and where.
type Options struct {
	// Dir holds all that stays: Workflows, logs, claims and the kubeconfig.
	Dir string
	// Namespace is that of Workflows whose author names none.
	Namespace string
	Runtime   kubelet.Runtime
	// RuntimeName is what clients read about the runtime, in a file beside the
	// kubeconfig.
	RuntimeName string
	// Enforces are the limits of containers that hold, of CPU and memory. Clients
	// read them, too.
	Enforces []corev1.ResourceName
	GPUs     int64
	// Idle is how long the engine goes on when nothing runs and nobody asks; 0
	// is for ever.
	Idle time.Duration
	// Log is where it says what goes wrong and does not end it.
	Log io.Writer
	// Ready is called once the API serves.
	Ready func() error
}

// ErrBusy is the error where another engine has the directory.
var ErrBusy = errors.New("another process runs pipelines in this directory")

// KubeconfigFile is what clients read, below the directory.
const KubeconfigFile = "kubeconfig"

// Files below the directory about how programs run: the name of the runtime, and
// the limits that hold, with spaces between.
const (
	RuntimeFile = "runtime"
	LimitsFile  = "limits"
)

// history is how many changes of each resource watches can catch up with.
const history = 2000

// Run runs Workflows until the context ends, or nobody needs it any more.
func Run(ctx context.Context, o Options) error {
	unlock, err := lock(filepath.Join(o.Dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	store := api.NewStore(history)
	saved := &archive{dir: filepath.Join(o.Dir, "objects"), store: store, log: o.Log}
	if err := saved.restore(); err != nil {
		return err
	}
	if err := argo.Configure(store, o.Namespace); err != nil {
		return err
	}
	k := kubelet.New(kubelet.Options{
		Store:    store,
		Dir:      o.Dir,
		Runtime:  o.Runtime,
		Capacity: capacity(o.GPUs),
		Inside:   argo.Executor{Store: store}.Inside,
		Args:     argo.Args,
	})
	if err := createNode(store, capacity(o.GPUs)); err != nil {
		return err
	}
	s, err := listen(store, k)
	if err != nil {
		return err
	}
	defer s.close()
	if err := o.describe(); err != nil {
		return err
	}
	if err := writeKubeconfig(filepath.Join(o.Dir, KubeconfigFile), s, o.Namespace); err != nil {
		return err
	}
	defer os.Remove(filepath.Join(o.Dir, KubeconfigFile))
	work, ctx := errgroup.WithContext(ctx)
	work.Go(s.serve)
	work.Go(func() error { return k.Run(ctx) })
	work.Go(func() error { return k.RunClaims(ctx) })
	work.Go(func() error { return saved.run(ctx) })
	work.Go(func() error { return argo.Run(ctx, s.config(s.own), o.Namespace) })
	work.Go(func() error {
		defer s.close()
		defer cancel()
		return s.untilIdle(ctx, o.Idle)
	})
	if o.Ready != nil {
		if err := o.Ready(); err != nil {
			cancel()
			return errors.Join(err, work.Wait())
		}
	}
	return errors.Join(work.Wait(), saved.save())
}

// describe writes how programs run.
func (o Options) describe() error {
	var limits []string
	for _, name := range o.Enforces {
		limits = append(limits, string(name))
	}
	return errors.Join(replaceFile(filepath.Join(o.Dir, RuntimeFile), []byte(o.RuntimeName)),
		replaceFile(filepath.Join(o.Dir, LimitsFile), []byte(strings.Join(limits, " "))))
}

// lock takes a file that only one process can have.
func lock(name string) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrBusy, filepath.Dir(name)), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// server is the API on the network of this machine alone.
type server struct {
	store    *api.Store
	listener net.Listener
	http     *http.Server
	// own is the token of this process, token that of others.
	own, token string
	authority  []byte
	activity   activity
}

func listen(store *api.Store, pods api.Pods) (*server, error) {
	certificate, authority, err := api.Certificate(time.Now())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{store: store, listener: listener, own: rand.String(40), token: rand.String(40), authority: authority}
	handler := &api.Server{Store: store, Pods: pods, Tokens: []string{s.own, s.token}}
	s.http = &http.Server{
		Handler:           s.activity.watch("Bearer "+s.token, handler),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          quiet(),
	}
	return s, nil
}

func (s *server) serve() error {
	if err := s.http.ServeTLS(s.listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *server) close() { _ = s.http.Close() }

func (s *server) config(token string) *rest.Config {
	return &rest.Config{
		Host:            "https://" + s.listener.Addr().String(),
		BearerToken:     token,
		TLSClientConfig: rest.TLSClientConfig{CAData: s.authority},
	}
}
