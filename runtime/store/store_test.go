package store_test

import (
	"fmt"
	"os"
	"sync/atomic"
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

func TestS3(t *testing.T) {
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	var places atomic.Int32
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		place := fmt.Sprintf("bucket/prefix/%d", places.Add(1))
		return storetest.Harness{Root: server.Root("s3", place), Getenv: server.Getenv, Page: 1000}
	})
}
