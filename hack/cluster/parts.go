package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/cluster/kubeapi"
	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

// A part is a long-running program of the cluster.
type part struct {
	process.Program
	ready func(context.Context) error // nil when it serves
}

// parts returns the programs of the cluster, grouped: each group can start
// when the one before serves.
func (s settings) parts(p programs, made secrets) [][]part {
	groups := [][]part{
		{s.etcd(p), s.containerRuntime(), s.s3(p, made)},
		{s.apiServer(p, made)},
		{s.controllerManager(p), s.scheduler(p), s.kubelet(p), s.kubeProxy(p)},
		{s.workflowController(p)},
	}
	if s.Postgres {
		groups[0] = append(groups[0], s.postgres(p.Postgres))
		groups[len(groups)-1] = append(groups[len(groups)-1], s.argoServer(p))
	}
	for _, group := range groups {
		for i := range group {
			group[i].Env = append(group[i].Env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME="+s.State)
		}
	}
	return groups
}

func (s settings) etcd(p programs) part {
	client := endpoint("http", "127.0.0.1", portEtcd)
	peer := endpoint("http", "127.0.0.1", portEtcdPeer)
	return part{
		process.Program{Name: "etcd", Args: []string{
			filepath.Join(p.Etcd, "etcd"),
			"--name", nodeName,
			"--data-dir", filepath.Join(s.dataDir(), "etcd"),
			"--listen-client-urls", client, "--advertise-client-urls", client,
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
			"--initial-cluster", nodeName + "=" + peer,
			// The data need not outlive the machine.
			"--unsafe-no-fsync",
		}},
		answers(client + "/health"),
	}
}

func (s settings) containerRuntime() part {
	return part{
		process.Program{Name: "containerd", Args: []string{
			"/usr/bin/containerd", "--config", filepath.Join(s.configDir(), "containerd.toml"),
		}},
		func(ctx context.Context) error { return s.ctr(ctx, "version") },
	}
}

func (s settings) s3(p programs, made secrets) part {
	address := fmt.Sprintf("%s:%d", gateway, portS3)
	return part{
		process.Program{
			Name: "s3",
			Args: []string{filepath.Join(p.S3, "versitygw"), "--port", address, "posix", s.bucketsDir()},
			Env:  []string{"ROOT_ACCESS_KEY=" + made.AccessKey, "ROOT_SECRET_KEY=" + made.SecretKey},
		},
		connects(address),
	}
}

func (s settings) apiServer(p programs, made secrets) part {
	pki := func(name string) string { return filepath.Join(s.pkiDir(), name) }
	return part{
		process.Program{Name: "kube-apiserver", Args: []string{
			filepath.Join(p.Kubernetes, "kube-apiserver"),
			"--etcd-servers", endpoint("http", "127.0.0.1", portEtcd),
			"--bind-address", gateway, "--advertise-address", gateway, "--secure-port", fmt.Sprint(portAPIServer),
			"--service-cluster-ip-range", serviceCIDR,
			"--tls-cert-file", pki("apiserver.crt"), "--tls-private-key-file", pki("apiserver.key"),
			"--client-ca-file", pki("ca.crt"),
			"--authorization-mode", "Node,RBAC",
			"--service-account-issuer", "https://kubernetes.default.svc",
			"--service-account-key-file", pki("service-account.crt"),
			"--service-account-signing-key-file", pki("service-account.key"),
			"--kubelet-client-certificate", pki("admin.crt"), "--kubelet-client-key", pki("admin.key"),
			"--kubelet-certificate-authority", pki("ca.crt"),
			"--kubelet-preferred-address-types", "InternalIP",
			"--enable-priority-and-fairness=false",
		}},
		func(ctx context.Context) error {
			client, err := s.client(made)
			if err != nil {
				return err
			}
			_, err = client.Get(ctx, "/readyz")
			return err
		},
	}
}

func (s settings) controllerManager(p programs) part {
	return part{
		process.Program{Name: "kube-controller-manager", Args: []string{
			filepath.Join(p.Kubernetes, "kube-controller-manager"),
			"--kubeconfig", s.kubeconfig(),
			"--bind-address", "127.0.0.1", "--secure-port", fmt.Sprint(portControllerManager),
			"--leader-elect=false",
			"--root-ca-file", filepath.Join(s.pkiDir(), "ca.crt"),
			"--service-account-private-key-file", filepath.Join(s.pkiDir(), "service-account.key"),
			"--enable-hostpath-provisioner",
			"--flex-volume-plugin-dir", filepath.Join(s.State, "kubelet-plugins"),
			"--kube-api-qps", "200", "--kube-api-burst", "400",
		}},
		answers(endpoint("https", "127.0.0.1", portControllerManager) + "/healthz"),
	}
}

func (s settings) scheduler(p programs) part {
	return part{
		process.Program{Name: "kube-scheduler", Args: []string{
			filepath.Join(p.Kubernetes, "kube-scheduler"),
			"--kubeconfig", s.kubeconfig(),
			"--bind-address", "127.0.0.1", "--secure-port", fmt.Sprint(portScheduler),
			"--leader-elect=false",
			"--kube-api-qps", "200", "--kube-api-burst", "400",
		}},
		answers(endpoint("https", "127.0.0.1", portScheduler) + "/healthz"),
	}
}

func (s settings) kubelet(p programs) part {
	return part{
		process.Program{Name: "kubelet", Args: []string{
			filepath.Join(p.Kubernetes, "kubelet"),
			"--config", filepath.Join(s.configDir(), "kubelet.yaml"),
			"--kubeconfig", s.kubeconfig(),
			"--root-dir", filepath.Join(s.State, "kubelet"),
			"--tls-cert-file", filepath.Join(s.pkiDir(), "kubelet.crt"),
			"--tls-private-key-file", filepath.Join(s.pkiDir(), "kubelet.key"),
			"--hostname-override", nodeName, "--node-ip", gateway,
		}},
		answers(endpoint("http", "127.0.0.1", portKubeletHealth) + "/healthz"),
	}
}

func (s settings) kubeProxy(p programs) part {
	return part{
		process.Program{Name: "kube-proxy", Args: []string{
			filepath.Join(p.Kubernetes, "kube-proxy"),
			"--config", filepath.Join(s.configDir(), "kube-proxy.yaml"),
		}},
		answers(endpoint("http", "127.0.0.1", portKubeProxyHealth) + "/livez"),
	}
}

func (s settings) workflowController(p programs) part {
	env := []string{"ARGO_NAMESPACE=argo", "LEADER_ELECTION_DISABLE=true", "DEFAULT_REQUEUE_TIME=" + s.Requeue}
	if s.Postgres {
		// Otherwise only those that are too large even when they are compressed.
		env = append(env, "ALWAYS_OFFLOAD_NODE_STATUS=true")
	}
	return part{
		process.Program{
			Name: "workflow-controller",
			Args: []string{
				filepath.Join(p.Argo, "workflow-controller"),
				"--kubeconfig", s.kubeconfig(), "--namespace", "argo",
				"--executor-image", s.Argo.executor(), "--executor-image-pull-policy", "IfNotPresent",
				"--qps", "200", "--burst", "400",
			},
			Env: env,
		},
		answers(endpoint("http", "127.0.0.1", portWorkflowController) + "/healthz"),
	}
}

// client returns a client of the cluster's API server.
func (s settings) client(made secrets) (*kubeapi.Client, error) {
	return kubeapi.New(endpoint("https", gateway, portAPIServer), made.Authority, made.Admin)
}

// connects returns a check that something listens at address.
func connects(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// answers returns a check that url answers with 200. Whom it belongs to is not
// checked: parts make certificates of their own for their health.
func answers(url string) func(context.Context) error {
	client := &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
	}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	}
}
