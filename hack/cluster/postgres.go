package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

// With Postgres, which Debian packages, Argo keeps the nodes of all Workflows in a
// database, and its server runs, too: nothing else can read them.

// postgresUser runs the database, which refuses to run as root.
const (
	postgresPart = "postgres"
	postgresUser = "postgres"
)

// postgresPrograms returns the directory of the newest Postgres of the machine, or
// nothing.
func postgresPrograms() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return postgresVersion(a) - postgresVersion(b) }))
}

func postgresVersion(program string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
	return n
}

// installPostgres installs Debian's Postgres where it is missing, without the
// database that Debian would make.
func installPostgres(ctx context.Context) (string, error) {
	if dir := postgresPrograms(); dir != "" {
		return dir, nil
	}
	const noDatabase = "/etc/postgresql-common/createcluster.d/kfp2argo.conf"
	if err := os.MkdirAll(filepath.Dir(noDatabase), 0o755); err != nil {
		return "", fmt.Errorf("installing Postgres: %w", err)
	}
	if err := os.WriteFile(noDatabase, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return "", fmt.Errorf("installing Postgres: %w", err)
	}
	if err := installDebian(ctx, "postgresql"); err != nil {
		return "", err
	}
	dir := postgresPrograms()
	if dir == "" {
		return "", errors.New("Debian's package postgresql has no program postgres")
	}
	return dir, nil
}

// asPostgres returns a command line that runs as the user of the database, in a
// directory that this user may enter: Postgres goes back to where it was begun.
func asPostgres(args ...string) []string {
	return append([]string{"/usr/bin/env", "--chdir=/", "/usr/bin/setpriv", "--reuid=" + postgresUser, "--regid=" + postgresUser, "--clear-groups", "--"}, args...)
}

// makeDatabase makes an empty database, with the password of its only user.
func (s settings) makeDatabase(ctx context.Context, programs string, made secrets) error {
	password := filepath.Join(s.pkiDir(), "postgres-password")
	defer os.Remove(password)
	err := errors.Join(
		os.MkdirAll(filepath.Dir(s.postgresDir()), 0o755),
		os.MkdirAll(s.postgresDir(), 0o700),
		os.WriteFile(password, []byte(made.Database), 0o600),
		giveTo(postgresUser, s.postgresDir(), password),
	)
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	args := asPostgres(filepath.Join(programs, "initdb"), "--pgdata", s.postgresDir(), "--username", databaseUser,
		"--auth", "scram-sha-256", "--pwfile", password, "--encoding", "UTF8", "--no-locale", "--no-sync")
	if _, err := command(ctx, args[0], args[1:]...); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	return nil
}

func giveTo(name string, paths ...string) error {
	found, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(found.Gid)
	for _, path := range paths {
		err = errors.Join(err, os.Chown(path, uid, gid))
	}
	return err
}

func (s settings) postgres(programs string) part {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(portPostgres))
	return part{
		process.Program{Name: postgresPart, Args: asPostgres(
			filepath.Join(programs, "postgres"), "-D", s.postgresDir(),
			"-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(portPostgres), "-c", "unix_socket_directories=",
			// The data need not outlive the machine.
			"-c", "fsync=off",
		)},
		connects(address),
	}
}

// stopPostgres ends the database by its own tool, which also removes what it keeps
// in the kernel.
func (s settings) stopPostgres(ctx context.Context) error {
	if _, runs := s.table().Find(postgresPart); !runs {
		return nil
	}
	args := asPostgres(filepath.Join(postgresPrograms(), "pg_ctl"), "stop", "--pgdata", s.postgresDir(), "--mode", "immediate")
	if _, err := command(ctx, args[0], args[1:]...); err != nil {
		return err
	}
	// Its files are gone before the process is.
	return s.table().Kill(ctx, postgresPart)
}

// argoServer is Argo's own server. It reads Workflows as the token of a request may.
func (s settings) argoServer(p programs) part {
	return part{
		process.Program{
			Name: "argo-server",
			Args: []string{
				filepath.Join(p.Argo, "argo"), "server", "--kubeconfig", s.kubeconfig(), "--namespace", "argo",
				"--auth-mode", "client", "--secure=false", "--port", strconv.Itoa(portArgoServer),
			},
			// For the client of a request it looks there for the API server, and does
			// not look at the flag.
			Env: []string{"KUBECONFIG=" + s.kubeconfig()},
		},
		connects(net.JoinHostPort("127.0.0.1", strconv.Itoa(portArgoServer))),
	}
}

// argoToken is what programs say to Argo's server to read Workflows.
func (s settings) argoToken(ctx context.Context, made secrets) (string, error) {
	client, err := s.client(made)
	if err != nil {
		return "", err
	}
	var secret struct{ Data struct{ Token []byte } }
	err = await(ctx, func(ctx context.Context) error {
		data, err := client.Get(ctx, "/api/v1/namespaces/argo/secrets/"+readerAccount)
		if err == nil {
			err = json.Unmarshal(data, &secret)
		}
		if err == nil && len(secret.Data.Token) == 0 {
			err = errors.New("Kubernetes has not made it")
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the token for Argo's server: %w", err)
	}
	return "Bearer " + string(secret.Data.Token), nil
}

// databaseUser and databaseSecret are how Argo opens the database; readerAccount
// may read Workflows, from Argo's server too.
const (
	databaseUser   = "argo"
	databaseSecret = "argo-postgres"
	readerAccount  = "workflow-reader"
)

func postgresManifests() []manifest {
	return []manifest{
		{"/api/v1/namespaces/argo/secrets/" + databaseSecret, `
apiVersion: v1
kind: Secret
metadata:
  name: ` + databaseSecret + `
  namespace: argo
stringData:
  username: ` + databaseUser + `
  password: {{printf "%q" .Password}}
`},
		{"/api/v1/namespaces/argo/serviceaccounts/" + readerAccount, `
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ` + readerAccount + `
  namespace: argo
`},
		{"/api/v1/namespaces/argo/secrets/" + readerAccount, `
apiVersion: v1
kind: Secret
metadata:
  name: ` + readerAccount + `
  namespace: argo
  annotations:
    kubernetes.io/service-account.name: ` + readerAccount + `
type: kubernetes.io/service-account-token
`},
		{"/apis/rbac.authorization.k8s.io/v1/clusterroles/" + readerAccount, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ` + readerAccount + `
rules:
- apiGroups: [argoproj.io]
  resources: [workflows]
  verbs: [get, list, watch]
`},
		{"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/" + readerAccount, `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ` + readerAccount + `
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ` + readerAccount + `
subjects:
- kind: ServiceAccount
  name: ` + readerAccount + `
  namespace: argo
`},
	}
}
