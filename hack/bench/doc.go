// Package bench measures what the pods' programs cost: package store against
// rclone, and the size and start of driver and launcher. `make bench` runs it
// and writes docs/benchmarks.md. The program engines measures whole runs, on this
// machine alone and on a cluster: `make bench-local` writes that section of the
// page. The program scale measures large runs against Workflows that are written by
// hand: `make bench-scale`. The program load measures the server with many runs:
// `make bench-server`.
package bench
