//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// programsVariable names the directory of kfp2argo-local and of what it starts.
// Where it is set the tests run on this machine, without a cluster; hack/e2e/local
// sets it.
const programsVariable = "KFP2ARGO_LOCAL"

var formsOnly = flag.Bool("forms", false, "run one test of each form of a Workflow only, as CI does on the other Argo")

// TestMain starts what the tests run on, unless that is a cluster, and leaves out
// the tests of the other place.
func TestMain(m *testing.M) {
	flag.Parse()
	if *formsOnly {
		set("test.run", pattern(slices.Sorted(maps.Values(forms()))))
	}
	programs := os.Getenv(programsVariable)
	if programs == "" {
		skip(engineOnly())
		os.Exit(m.Run())
	}
	skip(slices.Sorted(maps.Keys(clusterOnly())))
	dir, err := os.MkdirTemp("", "kfp2argo-e2e-")
	if err != nil {
		panic(err)
	}
	// What is started here ends with the thread that has started it.
	runtime.LockOSThread()
	here := &machine{programs: programs, dir: dir}
	code := 1
	if err := here.start(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	} else {
		code = m.Run()
	}
	here.stop()
	if code == 0 {
		_ = os.RemoveAll(dir)
	} else {
		fmt.Fprintln(os.Stderr, "e2e: logs of the engine and of the pods are in", dir)
	}
	os.Exit(code)
}

// skip leaves tests out, beside those of the flag -skip.
func skip(tests []string) {
	out := pattern(tests)
	if given := flag.Lookup("test.skip").Value.String(); given != "" {
		out = given + "|" + out
	}
	set("test.skip", out)
}

// pattern is that of these tests alone.
func pattern(tests []string) string { return "^(" + strings.Join(tests, "|") + ")$" }

func set(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err)
	}
}

// machine is this machine as a place that pipelines run on: an engine and a
// store.
type machine struct {
	programs, dir string
	running       []*exec.Cmd
}

// start starts the store and the engine, and makes what the namespaces of the
// test cluster have.
func (m *machine) start() error {
	if err := m.startStore(); err != nil {
		return fmt.Errorf("starting the store: %w", err)
	}
	if err := m.startEngine(); err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	return m.makeSecrets()
}

// stop ends what start has started, the last first.
func (m *machine) stop() {
	for _, c := range slices.Backward(m.running) {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
	}
}

// startStore starts the S3 server that the test cluster has, on a port of its
// own.
func (m *machine) startStore() error {
	const bucket = "kfp"
	buckets := filepath.Join(m.dir, "buckets")
	if err := os.Mkdir(buckets, 0o755); err != nil {
		return err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	access, secret := rand.String(16), rand.String(32)
	command := exec.Command(filepath.Join(m.programs, "versitygw"), "--port", address, "posix", buckets)
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+access, "ROOT_SECRET_KEY="+secret)
	if err := m.run(command, "store.log"); err != nil {
		return err
	}
	setVariables(map[string]string{
		"KFP2ARGO_S3_ENDPOINT": "http://" + address, "KFP2ARGO_S3_BUCKET": bucket,
		"KFP2ARGO_S3_ACCESS_KEY": access, "KFP2ARGO_S3_SECRET_KEY": secret,
	})
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), BucketLookup: minio.BucketLookupPath})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	for {
		err := client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{})
		if !errors.Is(err, syscall.ECONNREFUSED) || ctx.Err() != nil {
			return err
		}
		<-ticks.C
	}
}

// startEngine starts the engine and waits until it serves.
func (m *machine) startEngine() error {
	dir := filepath.Join(m.dir, "engine")
	command := exec.Command(filepath.Join(m.programs, "kfp2argo-local"), "--dir", dir, "--namespace", namespace, "--gpus", "2", "--ready")
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := m.run(command, "engine.log"); err != nil {
		return err
	}
	if word, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		said, _ := os.ReadFile(filepath.Join(m.dir, "engine.log"))
		return fmt.Errorf("%q, %w: %s", word, err, said)
	}
	setVariables(map[string]string{"KUBECONFIG": filepath.Join(dir, "kubeconfig")})
	return nil
}

// run starts a program that writes what it has to say to a file.
func (m *machine) run(command *exec.Cmd, log string) error {
	file, err := os.Create(filepath.Join(m.dir, log))
	if err != nil {
		return err
	}
	defer file.Close()
	command.Stderr = file
	// A test that runs for too long ends without a word.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Start(); err != nil {
		return err
	}
	m.running = append(m.running, command)
	return nil
}

func setVariables(all map[string]string) {
	for name, value := range all {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}

// makeSecrets puts the store's keys where the tests look for them.
func (m *machine) makeSecrets() error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for _, ns := range []string{namespace, restrictedNamespace} {
		_, err := client.CoreV1().Secrets(ns).Create(context.Background(), &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: storeSecret},
			Data: map[string][]byte{
				"accesskey": []byte(os.Getenv("KFP2ARGO_S3_ACCESS_KEY")), "secretkey": []byte(os.Getenv("KFP2ARGO_S3_SECRET_KEY")),
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
	}
	return nil
}
