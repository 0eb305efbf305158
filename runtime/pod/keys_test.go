package pod_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// steal is a program that looks for the keys of the store wherever a program
// can look, and prints what it could see. The directory is that of the pod.
func steal(root string) {
	parent := strconv.Itoa(os.Getppid())
	for _, of := range []string{parent, "self"} {
		for _, name := range []string{"environ", "mem", "maps"} {
			_, err := os.Open(filepath.Join("/proc", of, name))
			if name == "environ" && err == nil {
				_, err = os.ReadFile(filepath.Join("/proc", of, name))
			}
			fmt.Println(strings.Replace(of, parent, "launcher", 1), name, err == nil)
		}
	}
	fmt.Println("launcher ptrace", unix.PtraceAttach(os.Getppid()) == nil)
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	files, _ := filepath.Glob(root + "/*/*")
	more, _ := filepath.Glob(root + "/*/*/*")
	for _, file := range append(append(environs, files...), more...) {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte("hush-hush")) {
			fmt.Println("found in", file)
		}
	}
}

// TestKeysStayHidden lets a program look for the keys of the store as the user
// of the launcher. As root it would have a capability that pods do not have.
func TestKeysStayHidden(t *testing.T) {
	p := newTask(t, t.TempDir(), contract.Component{})
	p.environ = append(p.environ, contract.AccessKeyVariable+"=hush-hush", contract.SecretKeyVariable+"=hush-hush")
	program, err := os.Executable()
	require.NoError(t, err)
	if os.Getuid() == 0 {
		p.user = 3001
		program = openToAll(t, p, program)
	}
	r := p.drive()
	require.Zero(t, r.code, r.stderr)
	text, err := os.ReadFile(p.root.Path(contract.KeysFile))
	require.NoError(t, err)
	require.JSONEq(t, `{"KFP2ARGO_S3_ACCESS_KEY": "hush-hush", "KFP2ARGO_S3_SECRET_KEY": "hush-hush"}`, string(text))
	if os.Getuid() == 0 {
		// A volume in memory, and a driver of another user.
		require.NoError(t, os.Chown(p.root.Path(contract.KeysDir), 0, 0))
		require.NoError(t, os.Chmod(p.root.Path(contract.KeysDir), fs.ModeSticky|0o777))
		require.NoError(t, os.Chown(p.root.Path(contract.KeysFile), 3002, 3002))
	}

	r = p.launch(program, "thief", string(p.root))
	require.Zero(t, r.code, r.stderr)
	require.Equal(t, `launcher environ false
launcher mem false
launcher maps false
self environ true
self mem true
self maps true
launcher ptrace false
`, r.stdout)
	left, _ := os.ReadFile(p.root.Path(contract.KeysFile)) // the name may stay
	require.Empty(t, left)

	r = p.launch("true")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.stderr, "a launcher has taken them before")
}

// openToAll lets every user into the directory of a pod, and returns a copy of a
// program that every user may run.
func openToAll(t *testing.T, p *task, program string) string {
	t.Helper()
	require.NoError(t, os.Chmod(filepath.Dir(string(p.root)), 0o755))
	for _, dir := range []string{"", "/kfp", "/tmp", "/dev"} {
		require.NoError(t, os.MkdirAll(p.root.Path(dir), 0o777))
		require.NoError(t, os.Chmod(p.root.Path(dir), 0o777))
	}
	text, err := os.ReadFile(program)
	require.NoError(t, err)
	copied := p.root.Path("/program")
	require.NoError(t, os.WriteFile(copied, text, 0o755))
	return copied
}

// TestMissingStoreSecret holds that a Secret that is not there fails the driver, with
// the name of what is missing, where a task has something to store.
func TestMissingStoreSecret(t *testing.T) {
	for _, c := range []struct {
		environ string
		want    string
	}{
		{"", "no credentials: the namespace has no Secret and key s3-keys/accesskey, or it is empty"},
		{contract.AccessKeyVariable + "=key", "no credentials: the namespace has no Secret and key s3-keys/secretkey, or it is empty"},
	} {
		p := newTask(t, "", contract.Component{Outputs: contract.ComponentOutputs{
			Artifacts: map[string]contract.OutputArtifact{"model": {}},
		}})
		p.document.Run.PipelineRoot = "s3://bucket/root"
		p.environ = []string{contract.StoreSecretVariable + "=s3-keys", c.environ}
		r := p.drive()
		require.Equal(t, 1, r.code)
		require.Contains(t, r.lastWords, c.want)
		p.document.Component = contract.Component{}
		require.Zero(t, p.drive().code, "a task that stores nothing needs no keys")
	}
}
