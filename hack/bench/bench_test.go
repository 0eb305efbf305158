package bench_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

var (
	rounds = flag.Int("rounds", 6, "how often each artifact is moved; even, so that of two programs each is as often the first")
	runs   = flag.Int("runs", 51, "how often each program is started")
	large  = flag.Int64("large", 2<<30, "the size of the large file, in bytes")
	many   = flag.Int("many", 10_000, "how many small files there are")
	output = flag.String("o", "", "the file to write the page to, or the rows of it")
	only   = flag.String("only", "", "measure only rows that have this in \"a file of 2 GiB to and from a directory\"")
)

// BenchmarkPods measures everything once, in several rounds of its own. To try one
// part, there are the others, and flags that make artifacts small.
func BenchmarkPods(b *testing.B) {
	for b.Loop() {
		programs := build(b)
		programs.rclone = rclone(b)
		report := bench.Report{
			Date: time.Now().UTC().Format(time.DateOnly), Machine: bench.Machine(), Rounds: *rounds, Runs: *runs,
			Rclone:  version(b, programs.rclone),
			Sizes:   []bench.Size{{"bin/kfp2argo-pod", size(b, programs.driver)}},
			Weights: weights(b),
			Starts:  starts(b, programs),
			Moves:   moves(b, programs),
			Logs:    logs(b, programs),
		}
		text, err := report.Text()
		require.NoError(b, err)
		fmt.Println(text)
		edit(b, func(page string) (string, error) { return bench.Keep(text, page), nil })
	}
}

// BenchmarkMoves measures the store against rclone, and renews the rows of the page.
func BenchmarkMoves(b *testing.B) {
	for b.Loop() {
		programs := build(b)
		programs.rclone = rclone(b)
		for _, m := range moves(b, programs) {
			fmt.Printf("%s: %s of the time, %s of the CPU, %s of the memory\n", m.What, m.Time(), m.CPU(), m.Memory())
			edit(b, func(page string) (string, error) { return bench.ReplaceRow(page, m) })
		}
	}
}

// edit changes the page, if there is one.
func edit(b *testing.B, change func(page string) (string, error)) {
	b.Helper()
	if *output == "" {
		return
	}
	old, err := os.ReadFile(*output)
	require.NoError(b, err)
	page, err := change(string(old))
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(*output, []byte(page), 0o666))
}

// BenchmarkStarts measures programs that have nothing to do, and weighs them.
func BenchmarkStarts(b *testing.B) {
	for b.Loop() {
		programs := build(b)
		for _, s := range starts(b, programs) {
			fmt.Printf("%s: %v\n", s.What, s.Took)
		}
		fmt.Println(size(b, programs.driver), weights(b))
	}
}

// BenchmarkLogs measures what it costs that a program writes a lot.
func BenchmarkLogs(b *testing.B) {
	for b.Loop() {
		for _, l := range logs(b, build(b)) {
			fmt.Printf("%s: %v, CPU %v, memory %d KiB\n", l.What, l.Wall, l.CPU, l.Memory>>10)
		}
	}
}

// programs are the paths of what is measured.
type programs struct{ driver, launcher, mover, rclone string }

func build(b *testing.B) programs {
	b.Helper()
	dir := b.TempDir()
	const module = "github.com/kfp2argo/kfp2argo/"
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", dir,
		module+"cmd/kfp2argo-pod", module+"hack/bench/mover")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	run(b, command)
	for _, name := range []string{"driver", "launcher"} {
		require.NoError(b, os.Link(filepath.Join(dir, "kfp2argo-pod"), filepath.Join(dir, name)))
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	return programs{driver: in("driver"), launcher: in("launcher"), mover: in("mover")}
}

// rclone builds rclone, which takes minutes, and returns its path.
func rclone(b *testing.B) string {
	b.Helper()
	tool := exec.Command("go", "tool", "-n", "rclone")
	tool.Dir = "rclone"
	tool.Stderr = os.Stderr
	path, err := tool.Output()
	require.NoError(b, err, "building rclone")
	return strings.TrimSpace(string(path))
}

func run(b *testing.B, command *exec.Cmd) string {
	b.Helper()
	output, err := command.CombinedOutput()
	require.NoError(b, err, string(output))
	return string(output)
}

func version(b *testing.B, rclone string) string {
	b.Helper()
	first, _, _ := strings.Cut(run(b, exec.Command(rclone, "version")), "\n")
	return strings.TrimSuffix(strings.TrimPrefix(first, "rclone "), "-DEV")
}

func size(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	require.NoError(b, err)
	return info.Size()
}

// weights says what modules bring into the pods' program.
func weights(b *testing.B) []bench.Weight {
	b.Helper()
	named := filepath.Join(b.TempDir(), "kfp2argo-pod") // with the names of its symbols
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-w", "-o", named, "github.com/kfp2argo/kfp2argo/cmd/kfp2argo-pod")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	run(b, command)
	return bench.Weights(run(b, exec.Command("go", "tool", "nm", "-size", named)), run(b, exec.Command("go", "version", "-m", named)))
}

// starts measures programs that have nothing to do.
func starts(b *testing.B, p programs) []bench.Start {
	b.Helper()
	return []bench.Start{
		start(b, "`driver --version`", func() { run(b, exec.Command(p.driver, "--version")) }),
		start(b, "`launcher --version`", func() { run(b, exec.Command(p.launcher, "--version")) }),
		start(b, "a whole task that does nothing: driver, launcher and `true`", emptyTask(b, p)),
	}
}

func start(b *testing.B, what string, do func()) bench.Start {
	b.Helper()
	var took []time.Duration
	for range *runs {
		begin := time.Now()
		do()
		took = append(took, time.Since(begin))
	}
	return bench.Start{What: what, Took: bench.Median(took)}
}

// emptyTask plays the pod of a task without inputs and outputs.
func emptyTask(b *testing.B, p programs) func() {
	b.Helper()
	root := emptyPod(b, nil)
	return func() {
		for _, command := range []*exec.Cmd{driver(p, root), launcher(root, "true")} {
			run(b, command)
		}
	}
}

// logs measures a program that writes 1 GB, whose log is kept or not.
func logs(b *testing.B, p programs) []bench.Log {
	b.Helper()
	none := int64(0)
	var costs [2][]bench.Cost
	for range *rounds {
		for i, limit := range []*int64{&none, nil} {
			root := emptyPod(b, limit)
			run(b, driver(p, root))
			command := launcher(root, "head", "-c", "1000000000", "/dev/zero")
			command.Stdout = struct{ io.Writer }{io.Discard} // through a pipe
			cost, err := bench.Measure(command)
			require.NoError(b, err)
			costs[i] = append(costs[i], cost)
		}
	}
	return []bench.Log{{What: "its log is not kept", Cost: bench.Medians(costs[0])}, {What: "its log is kept", Cost: bench.Medians(costs[1])}}
}

func driver(p programs, root contract.Root) *exec.Cmd {
	command := exec.Command(p.driver, "--root", string(root))
	command.Env = append(os.Environ(), "KFP2ARGO_ROOT="+string(root))
	return command
}

func launcher(root contract.Root, program ...string) *exec.Cmd {
	command := exec.Command(root.Path(contract.LauncherFile), program...)
	command.Env = append(os.Environ(), "KFP2ARGO_ROOT="+string(root))
	return command
}

// emptyPod makes what the pod of a task without inputs and outputs finds.
func emptyPod(b *testing.B, logLimit *int64) contract.Root {
	b.Helper()
	root := contract.Root(b.TempDir())
	for _, dir := range []string{contract.Dir, "/dev"} {
		require.NoError(b, os.MkdirAll(root.Path(dir), 0o777))
	}
	text, err := json.Marshal(contract.Task{Version: contract.TaskVersion, LogLimit: logLimit, Inputs: map[string]string{}})
	require.NoError(b, err)
	run, err := json.Marshal(contract.Run{
		Pipeline: "empty", Name: "empty-1", UID: "1", Node: "empty-1.task",
		Created: "2026-08-01T12:00:00Z", PipelineRoot: "minio://bucket/root?endpoint=file://" + b.TempDir(),
	})
	require.NoError(b, err)
	b.Setenv(contract.RunVariable, string(run))
	require.NoError(b, os.WriteFile(root.Path(contract.TaskFile), text, 0o666))
	require.NoError(b, os.WriteFile(root.Path(contract.TerminationFile), nil, 0o666))
	return root
}

// artifact is something to move, the same for both.
type artifact struct {
	what, path string
	flags      []string // rclone's
}

// artifacts makes one large file and many small ones, of random bytes.
func artifacts(b *testing.B) []artifact {
	b.Helper()
	dir := b.TempDir()
	one, files := filepath.Join(dir, "large"), filepath.Join(dir, "many")
	random := rand.NewChaCha8([32]byte{})
	write(b, one, random, *large)
	for i := range *many {
		write(b, filepath.Join(files, fmt.Sprint(i%100), fmt.Sprint(i)), random, 10_000)
	}
	return []artifact{
		{fmt.Sprintf("a file of %v GiB", float64(*large)/(1<<30)), one, []string{
			"copyto", "--s3-chunk-size", "16M", "--s3-upload-concurrency", "8", "--multi-thread-streams", "8",
		}},
		{fmt.Sprintf("%d files of 10 kB", *many), files, []string{
			"copy", "--transfers", "32", "--checkers", "32", "--s3-no-head", "--s3-no-head-object", "--s3-use-unsigned-payload=true",
		}},
	}
}

func write(b *testing.B, path string, random io.Reader, size int64) {
	b.Helper()
	require.NoError(b, os.MkdirAll(filepath.Dir(path), 0o777))
	file, err := os.Create(path)
	require.NoError(b, err)
	_, err = io.CopyN(file, random, size)
	require.NoError(b, err)
	require.NoError(b, file.Close())
}

// moves measures the store and rclone in turn.
func moves(b *testing.B, p programs) []bench.Move {
	b.Helper()
	server := storetest.StartServer(b)
	server.MakeBucket(b, "bucket")
	volume := b.TempDir()
	var all []bench.Move
	for _, a := range artifacts(b) {
		for _, place := range []place{
			{"S3", server.Root("s3", "bucket/ours-"+filepath.Base(a.path)), ":s3:bucket/theirs-" + filepath.Base(a.path), func() {}},
			{"a directory", "file://" + volume + "/ours", volume + "/theirs", func() {
				require.NoError(b, os.RemoveAll(volume))
			}},
		} {
			if strings.Contains(a.what+" to and from "+place.what, *only) {
				all = append(all, mover{b, p, server}.upAndDown(a, place)...)
			}
		}
	}
	return all
}

// place is where an artifact is moved to.
type place struct {
	what, ours, theirs string
	clear              func()
}

// mover moves one artifact with either program.
type mover struct {
	b      *testing.B
	p      programs
	server storetest.Server
}

func (m mover) upAndDown(a artifact, to place) []bench.Move {
	m.b.Helper()
	local := filepath.Join(m.b.TempDir(), "local")
	want := m.total(a.path)
	var up, down [2][]bench.Cost
	for round := range 1 + *rounds {
		to.clear()
		for i := range 2 {
			// Who is first has another state of the machine: memory and blocks that a
			// virtual machine has not used for seconds take up to five times as long. The
			// median, the lower of an even number, is of those who find the better one.
			who := (i + round) % 2
			up[who] = append(up[who], m.measure([2]*exec.Cmd{
				exec.Command(m.p.mover, "up", a.path, to.ours), m.rclone(a, a.path, to.theirs),
			}[who]))
		}
		for i := range 2 {
			who := (i + round) % 2
			down[who] = append(down[who], m.measure([2]*exec.Cmd{
				exec.Command(m.p.mover, "down", local, to.ours), m.rclone(a, to.theirs, local),
			}[who]))
			require.Equal(m.b, want, m.total(local))
			require.NoError(m.b, os.RemoveAll(local))
		}
		if round == 0 { // nothing was removed before it, whose memory is at hand for the others
			up, down = [2][]bench.Cost{}, [2][]bench.Cost{}
		}
	}
	return []bench.Move{
		{What: a.what + " to " + to.what, Ours: bench.Medians(up[0]), Theirs: bench.Medians(up[1])},
		{What: a.what + " from " + to.what, Ours: bench.Medians(down[0]), Theirs: bench.Medians(down[1])},
	}
}

// rclone leaves out what the store does not do either: looking at the target
// first, checksums of its own, times of files.
func (m mover) rclone(a artifact, from, to string) *exec.Cmd {
	flags := []string{
		"--s3-no-check-bucket", "--s3-disable-checksum", "--ignore-checksum", "--no-check-dest", "--no-traverse",
		"--use-server-modtime", "--local-no-set-modtime", "--no-update-modtime", "--buffer-size", "0", "--config", "",
	}
	return exec.Command(m.p.rclone, append(append(a.flags, flags...), from, to)...)
}

// measure runs a program when the disk has nothing left to do.
func (m mover) measure(command *exec.Cmd) bench.Cost {
	m.b.Helper()
	command.Env = append(os.Environ(), m.server.Environment()...)
	command.Env = append(command.Env, "RCLONE_S3_PROVIDER=Other", "RCLONE_S3_ENDPOINT=http://"+m.server.Address,
		"RCLONE_S3_FORCE_PATH_STYLE=true", "RCLONE_S3_REGION=us-east-1",
		"RCLONE_S3_ACCESS_KEY_ID="+storetest.AccessKey, "RCLONE_S3_SECRET_ACCESS_KEY="+storetest.SecretKey)
	syscall.Sync()
	cost, err := bench.Measure(command)
	require.NoError(m.b, err)
	return cost
}

// total returns how many files are at a path, and their size.
func (m mover) total(path string) [2]int64 {
	m.b.Helper()
	var total [2]int64
	require.NoError(m.b, filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total[0], total[1] = total[0]+1, total[1]+info.Size()
		}
		return err
	}))
	return total
}
