package azblob_test

import (
	"os"
	"testing"

	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.RunTrusting(m)) }
