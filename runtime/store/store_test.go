package store_test

import (
	"os"
	"testing"

	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func TestDirectory(t *testing.T) {
	t.Run("by a file URI", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Harness {
			return storetest.Harness{Root: "file://" + t.TempDir(), Getenv: os.Getenv}
		})
	})
	t.Run("as the endpoint of a bucket", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Harness {
			return storetest.Harness{Root: "minio://bucket/prefix?endpoint=file://" + t.TempDir(), Getenv: os.Getenv}
		})
	})
}
