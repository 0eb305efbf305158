package main

import (
	"fmt"
	"path/filepath"
	"slices"
)

// The cluster has a network bridge, addresses and ports of its own, away from
// the customary ones, so that it lives beside what else the machine runs.
const (
	network     = "kfp2argo" // names what the CNI plugins keep
	bridge      = "kfp2argo0"
	podCIDR     = "10.251.0.0/16"
	gateway     = "10.251.0.1" // the host, as seen from the host and from pods
	serviceCIDR = "10.252.0.0/16"
	apiService  = "10.252.0.1" // the first address of serviceCIDR
	nodeName    = "kfp2argo"

	cgroup        = "/kfp2argo"         // holds every container
	runtimeCgroup = "/kfp2argo-runtime" // holds containerd and its shims

	portAPIServer          = 16443
	portEtcd               = 12379
	portEtcdPeer           = 12380
	portControllerManager  = 20257
	portScheduler          = 20259
	portKubelet            = 20250
	portKubeletHealth      = 20248
	portKubeProxyHealth    = 20256
	portKubeProxyMetrics   = 20249
	portS3                 = 17070
	portWorkflowController = 6060 // fixed in Argo's source
	portPostgres           = 15432
	portArgoServer         = 12746

	bucket = "kfp"

	// hostPathVolumes is where Kubernetes' provisioner makes volumes, come what
	// may.
	hostPathVolumes = "/tmp/hostpath_pv"
)

// pauseImage holds each pod's namespaces.
const pauseImage = "kfp2argo/pause:local"

// namespaces returns where workflows may run. The second admits restricted
// pods only.
func namespaces() []namespace {
	return []namespace{{Name: "kfp", PodSecurity: "privileged"}, {Name: "kfp-restricted", PodSecurity: "restricted"}}
}

type namespace struct {
	Name        string
	PodSecurity string
}

// settings is what the environment decides.
type settings struct {
	Cache   string // built programs and images; survives the cluster
	State   string // everything else; gone when the cluster is
	Requeue string // how soon Argo looks at a workflow again, a Go duration
	Argo    argoRelease
	// Postgres says that Argo keeps the nodes of Workflows in a database.
	Postgres bool
}

// readSettings reads KFP2ARGO_CACHE, KFP2ARGO_STATE, KFP2ARGO_REQUEUE,
// KFP2ARGO_ARGO_MAJOR and KFP2ARGO_POSTGRES with getenv, the only place that does.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		Cache:   getenv("KFP2ARGO_CACHE"),
		State:   getenv("KFP2ARGO_STATE"),
		Requeue: getenv("KFP2ARGO_REQUEUE"),

		Postgres: getenv("KFP2ARGO_POSTGRES") != "",
	}
	if s.Cache == "" {
		s.Cache = filepath.Join(getenv("HOME"), ".cache", "kfp2argo")
	}
	if s.State == "" {
		s.State = "/var/lib/kfp2argo-cluster"
	}
	if s.Requeue == "" {
		s.Requeue = "1s"
	}
	var err error
	if s.Argo, err = chooseArgo(getenv("KFP2ARGO_ARGO_MAJOR")); err != nil {
		return settings{}, err
	}
	for _, dir := range []string{s.Cache, s.State} {
		if !filepath.IsAbs(dir) || filepath.Dir(filepath.Clean(dir)) == "/" {
			return settings{}, fmt.Errorf("%q is no place for the cluster: it needs an absolute path below a top-level directory", dir)
		}
	}
	return s, nil
}

// chooseArgo returns the Argo of a major version, or the usual one for none.
func chooseArgo(major string) (argoRelease, error) {
	releases := argoReleases()
	if major == "" {
		return releases[0], nil
	}
	i := slices.IndexFunc(releases, func(r argoRelease) bool { return r.Major == major })
	if i < 0 {
		return argoRelease{}, fmt.Errorf("there is no Argo %q here, but 3 and 4", major)
	}
	return releases[i], nil
}

// The places in the state directory.
func (s settings) pidDir() string      { return filepath.Join(s.State, "pid") }
func (s settings) logDir() string      { return filepath.Join(s.State, "log") }
func (s settings) configDir() string   { return filepath.Join(s.State, "config") }
func (s settings) pkiDir() string      { return filepath.Join(s.State, "pki") }
func (s settings) dataDir() string     { return filepath.Join(s.State, "data") }
func (s settings) bucketsDir() string  { return filepath.Join(s.State, "data", "s3") }
func (s settings) postgresDir() string { return filepath.Join(s.State, "data", "postgres") }
func (s settings) volumesDir() string  { return filepath.Join(s.State, "data", "volumes") }
func (s settings) kubeconfig() string  { return filepath.Join(s.State, "kubeconfig") }
func (s settings) containerd() string  { return filepath.Join(s.State, "containerd.sock") }
func (s settings) marker() string      { return filepath.Join(s.State, "this-is-a-kfp2argo-cluster") }
func (s settings) stamp() string       { return filepath.Join(s.State, "stamp") }
func (s settings) sysctls() string     { return filepath.Join(s.State, "sysctls.json") }

func endpoint(scheme, host string, port int) string {
	return fmt.Sprintf("%s://%s:%d", scheme, host, port)
}
