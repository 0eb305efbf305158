// Kfp2argo translates compiled Kubeflow pipelines into Argo Workflows.
package main

import (
	"os"
	"time"
)

func main() {
	os.Exit(run(streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now}, os.Args[1:]))
}
