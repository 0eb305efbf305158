package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// moverVariable makes the test's own program move an artifact instead.
const moverVariable = "STORETEST_MOVE"

func TestMain(m *testing.M) {
	if direction := os.Getenv(moverVariable); direction != "" {
		if err := moveHere(direction, os.Args[1], os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// moveHere joins a control group, if there is one, moves an artifact, and
// prints how much memory that took.
func moveHere(direction, group, local, rootText string) error {
	if group != "" {
		if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
			return err
		}
	}
	root, err := store.ParseRoot(rootText)
	if err != nil {
		return err
	}
	move := map[string]func(*store.Store) error{
		"up":   func(s *store.Store) error { return s.Upload(context.Background(), local, root.URI()) },
		"down": func(s *store.Store) error { return s.Download(context.Background(), root.URI(), local) },
	}[direction]
	if err := move(store.New(root, os.Getenv)); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	_, _ = os.Stdout.Write(status)
	return err
}

// TestMemory moves a large file and many files with a process that may have
// 128 MiB, together with what the system remembers of its files.
func TestMemory(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	large, many := filepath.Join(t.TempDir(), "large"), t.TempDir()
	random := rand.NewChaCha8([32]byte{})
	file, err := os.Create(large)
	require.NoError(t, err)
	_, err = io.CopyN(file, random, 200_000_000)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	for i := range 5000 {
		dir := filepath.Join(many, fmt.Sprint(i%50))
		require.NoError(t, os.MkdirAll(dir, 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), fmt.Append(nil, i), 0o666))
	}
	for name, root := range map[string]string{"S3": server.Root("s3", "bucket"), "directory": "file://" + t.TempDir()} {
		for artifact, local := range map[string]string{"large": large, "many": many} {
			t.Run(name+" "+artifact, func(t *testing.T) {
				address, query, _ := strings.Cut(root, "?")
				place := address + "/" + artifact + "?" + query
				requireLittleMemory(t, server, "up", local, place)
				back := filepath.Join(t.TempDir(), "back")
				requireLittleMemory(t, server, "down", back, place)
				require.Equal(t, digest(t, local), digest(t, back))
			})
		}
	}
}

// requireLittleMemory moves an artifact in a process of its own.
func requireLittleMemory(t *testing.T, server storetest.Server, direction, local, root string) {
	t.Helper()
	const most = 48 << 10 // KiB, of which the test's program is a part
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(self, limitedGroup(t, 128<<20), local, root)
	command.Env = append(append(os.Environ(), server.Environment()...), moverVariable+"="+direction)
	command.Stderr = os.Stderr
	status, err := command.Output()
	require.NoError(t, err)
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(peak)[0])
	require.NoError(t, err)
	require.Less(t, kib, most)
}

// limitedGroup makes a control group with a limit of memory. It is empty where
// that is not allowed; what the process itself takes is bounded all the same.
func limitedGroup(t *testing.T, limit int) string {
	t.Helper()
	own, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	for line := range strings.Lines(string(own)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		parent, file := filepath.Join("/sys/fs/cgroup", fields[2]), "memory.max"
		if fields[1] != "" {
			parent, file = filepath.Join("/sys/fs/cgroup", fields[1], fields[2]), "memory.limit_in_bytes"
		}
		if group := makeGroup(t, parent, file, limit); group != "" {
			return group
		}
	}
	t.Log("no control group can be made")
	return ""
}

func makeGroup(t *testing.T, parent, file string, limit int) string {
	t.Helper()
	group := filepath.Join(parent, fmt.Sprintf("storetest-%d-%s", os.Getpid(), filepath.Base(t.TempDir())))
	if err := os.Mkdir(group, 0o755); err != nil {
		return ""
	}
	t.Cleanup(func() { require.NoError(t, os.Remove(group)) })
	// Where the group has no such file, its hierarchy is not about memory.
	limitFile, err := os.OpenFile(filepath.Join(group, file), os.O_WRONLY, 0)
	if err != nil {
		return ""
	}
	defer limitFile.Close()
	_, err = limitFile.WriteString(strconv.Itoa(limit))
	require.NoError(t, err)
	return group
}

// digest returns what is in a file, or in the files of a directory.
func digest(t *testing.T, path string) string {
	t.Helper()
	sum := sha256.New()
	require.NoError(t, filepath.WalkDir(path, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		fmt.Fprintln(sum, strings.TrimPrefix(file, path))
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		defer opened.Close()
		_, err = io.Copy(sum, opened)
		return err
	}))
	return fmt.Sprintf("%x", sum.Sum(nil))
}
