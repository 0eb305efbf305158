// Kfp2argo translates compiled Kubeflow pipelines into Argo Workflows.
package main

import (
	"os"
)

func main() {
	os.Exit(run(streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:]))
}
