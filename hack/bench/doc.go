// Package bench measures what the pods' programs cost: package store against
// rclone, and the size and start of driver and launcher. `make bench` runs it
// and writes docs/benchmarks.md.
package bench
