package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"
)

// Report is what docs/benchmarks.md says.
type Report struct {
	Date, Machine string
	Rounds, Runs  int
	Rclone        string // its version
	Moves         []Move
	Sizes         []Size
	Weights       []Weight
	Starts        []Start
	Logs          []Log
}

// Log is what it costs the launcher that a program writes a lot.
type Log struct {
	What string
	Cost // medians
}

// Move is one comparison.
type Move struct {
	What         string
	Ours, Theirs Cost // medians
}

// Size is how large a program is.
type Size struct {
	Program string
	Bytes   int64
}

// Start is how long something takes at least.
type Start struct {
	What string
	Took time.Duration // the median
}

// Time is ours as a part of theirs.
func (m Move) Time() string { return ratio(float64(m.Ours.Wall), float64(m.Theirs.Wall)) }

// CPU is ours as a part of theirs.
func (m Move) CPU() string { return ratio(float64(m.Ours.CPU), float64(m.Theirs.CPU)) }

// Memory is ours as a part of theirs.
func (m Move) Memory() string { return ratio(float64(m.Ours.Memory), float64(m.Theirs.Memory)) }

func ratio(ours, theirs float64) string { return fmt.Sprintf("%.2f", ours/theirs) }

const moveRow = `| {{.What}} | **{{.Time}}** | {{.CPU}} | {{.Memory}} | {{seconds .Ours.Wall}}, {{seconds .Theirs.Wall}} | {{mib .Ours.Memory}}, {{mib .Theirs.Memory}} |
`

const page = `# Benchmarks

` + "`make bench`" + ` writes this page. {{.Date}}: {{.Machine}}.

## Moving artifacts

Package store, in a program that does nothing else, against rclone {{.Rclone}} with the flags that suit it best
(hack/bench). Each moves the same files to and from the same S3 server, versitygw, or to and from a directory, in
turn, on the same machine. Medians of {{.Rounds}} rounds. Below 1, ours is better. CPU and memory (peak resident) are those of
the client.

| what | time | CPU | memory | seconds, ours and theirs | memory, ours and theirs |
|---|---|---|---|---|---|
{{range .Moves}}` + moveRow + `{{end}}
The server computes checksums and writes to disk on the same cores, which is most of the time of the S3 rows.

## The pods' program

| program | size |
|---|---|
{{range .Sizes}}| {{.Program}} | {{mib .Bytes}} |
{{end}}
Medians of {{.Runs}} runs:

| what | takes |
|---|---|
{{range .Starts}}| {{.What}} | {{ms .Took}} |
{{end}}
On 2026-11-24, when driver and launcher were two programs of together 22.1 MiB, ` + "`driver --version`" + ` took 7.0 ms and a whole
empty task 36.1 ms on a machine of this kind.

The modules that the program is built of, by the code and constants that are their own. The standard library is most of the
rest. [A decision](decisions/pod-dependencies.md) says what each is for.

| module | weighs |
|---|---|
{{range .Heavy}}| {{.Module}} | {{kib .Bytes}} |
{{end}}| others | {{kib .Light}} |

## Logs

A program that writes 1 GB, under the launcher, to a pipe that is read. Medians of {{.Rounds}} rounds; CPU is that of the
launcher and the program, memory is the launcher's.

| what | time | CPU | memory |
|---|---|---|---|
{{range .Logs}}| {{.What}} | {{seconds .Wall}} | {{seconds .CPU}} | {{mib .Memory}} |
{{end}}`

// Text returns the page.
func (r Report) Text() (string, error) {
	return filled(page, units(), r)
}

// filled is a template, of the page or a section, with its values.
func filled(text string, funcs template.FuncMap, values any) (string, error) {
	parsed, err := template.New("page").Funcs(funcs).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = parsed.Execute(&b, values)
	return b.String(), err
}

// units returns the functions that write values in their units.
func units() template.FuncMap {
	return template.FuncMap{
		"seconds": seconds,
		"ms":      func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) },
		"kib":     func(n int64) string { return fmt.Sprintf("%d KiB", n>>10) },
		"mib":     func(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) },
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// heavy is what a module weighs that is named, in bytes.
const heavy = 30 << 10

// Heavy lists the modules that are worth a line.
func (r Report) Heavy() []Weight {
	return slices.DeleteFunc(slices.Clone(r.Weights), func(w Weight) bool { return w.Bytes < heavy })
}

// Light is what all other modules weigh, in bytes.
func (r Report) Light() int64 {
	var sum int64
	for _, w := range r.Weights {
		if w.Bytes < heavy {
			sum += w.Bytes
		}
	}
	return sum
}

// Machine describes the machine, but not which one it is, and what it has to do
// beside.
func Machine() string {
	memory, _ := os.ReadFile("/proc/meminfo")
	kernel, _ := exec.Command("uname", "-sr").Output()
	load, _ := os.ReadFile("/proc/loadavg")
	before, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("%d cores, %d GiB of memory, %s, %s"+loadBefore+"%s before", runtime.NumCPU(), (Field(string(memory), "MemTotal:")+1<<19)>>20,
		strings.TrimSpace(string(kernel)), runtime.Version(), before)
}
