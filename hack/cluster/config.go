package main

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"text/template"

	"github.com/kfp2argo/kfp2argo/hack/cluster/pki"
)

//go:embed config
var configFiles embed.FS

// secrets are made when the cluster is and kept in its state directory, which
// only root may read.
type secrets struct {
	Authority []byte
	Admin     pki.Pair
	AccessKey string
	SecretKey string
	Database  string // the password of the database's user
}

// makeSecrets makes the keys and certificates of a new cluster and writes them
// to the state directory.
func (s settings) makeSecrets() (secrets, error) {
	authority, err := pki.NewAuthority("kfp2argo-test")
	if err != nil {
		return secrets{}, err
	}
	if err := os.WriteFile(filepath.Join(s.pkiDir(), "ca.crt"), authority.Certificate, 0o644); err != nil {
		return secrets{}, fmt.Errorf("writing the authority: %w", err)
	}
	issued := map[string]pki.Pair{}
	for name, subject := range map[string]pki.Subject{
		"admin":           {Name: "admin", Groups: []string{"system:masters"}},
		"service-account": {Name: "service-account"},
		"kubelet":         {Name: nodeName, Addresses: []net.IP{net.ParseIP(gateway)}},
		"apiserver": {
			Name:      "apiserver",
			Addresses: []net.IP{net.ParseIP(gateway), net.ParseIP(apiService), net.ParseIP("127.0.0.1")},
			DNSNames:  []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		},
	} {
		pair, err := authority.Issue(subject)
		if err != nil {
			return secrets{}, err
		}
		if err := pair.Write(s.pkiDir(), name); err != nil {
			return secrets{}, err
		}
		issued[name] = pair
	}
	made := secrets{Authority: authority.Certificate, Admin: issued["admin"], AccessKey: rand.Text(), SecretKey: rand.Text(), Database: rand.Text()}
	return made, s.writeSecrets(made)
}

func (s settings) writeSecrets(made secrets) error {
	data, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("encoding the secrets: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.pkiDir(), "secrets.json"), data, 0o600); err != nil {
		return fmt.Errorf("writing the secrets: %w", err)
	}
	return nil
}

// readSecrets returns the secrets of the cluster that the state directory
// holds.
func (s settings) readSecrets() (secrets, error) {
	var made secrets
	data, err := os.ReadFile(filepath.Join(s.pkiDir(), "secrets.json"))
	if err != nil {
		return secrets{}, fmt.Errorf("no cluster is up: %w", err)
	}
	if err := json.Unmarshal(data, &made); err != nil {
		return secrets{}, fmt.Errorf("reading the secrets: %w", err)
	}
	return made, nil
}

// writeConfig writes the configuration files of all parts.
func (s settings) writeConfig(made secrets) error {
	values := map[string]any{
		"State": s.State, "Config": s.configDir(), "PKI": s.pkiDir(), "Logs": s.logDir(),
		"Kubeconfig": s.kubeconfig(), "Socket": s.containerd(),
		"Network": network, "Bridge": bridge, "Gateway": gateway, "PodCIDR": podCIDR,
		"NodeName": nodeName, "Cgroup": cgroup, "PauseImage": pauseImage,
		"KubeletPort": portKubelet, "KubeletHealthPort": portKubeletHealth,
		"KubeProxyHealthPort": portKubeProxyHealth, "KubeProxyMetricsPort": portKubeProxyMetrics,
		"Server":      endpoint("https", gateway, portAPIServer),
		"Authority":   base64.StdEncoding.EncodeToString(made.Authority),
		"Certificate": base64.StdEncoding.EncodeToString(made.Admin.Certificate),
		"Key":         base64.StdEncoding.EncodeToString(made.Admin.Key),
	}
	for name, path := range map[string]string{
		"containerd.toml": filepath.Join(s.configDir(), "containerd.toml"),
		"bridge.conflist": filepath.Join(s.configDir(), "cni", "bridge.conflist"),
		"kubelet.yaml":    filepath.Join(s.configDir(), "kubelet.yaml"),
		"kube-proxy.yaml": filepath.Join(s.configDir(), "kube-proxy.yaml"),
		"kubeconfig.yaml": s.kubeconfig(),
	} {
		if err := writeTemplate(name, path, values); err != nil {
			return fmt.Errorf("configuring: %w", err)
		}
	}
	return nil
}

func writeTemplate(name, path string, values map[string]any) error {
	parsed, err := template.New(name).Option("missingkey=error").ParseFS(configFiles, "config/"+name)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, values); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}
