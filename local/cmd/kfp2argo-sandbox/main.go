// Kfp2argo-sandbox becomes a program in a sandbox: see package sandbox.
package main

import (
	"fmt"
	"os"

	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

func main() {
	fmt.Fprintln(os.Stderr, sandbox.HelperName+":", sandbox.Main())
	os.Exit(128)
}
