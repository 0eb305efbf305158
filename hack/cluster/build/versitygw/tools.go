//go:build tools

// Package versitygw pins the S3 server of the test cluster.
package versitygw

import _ "github.com/versity/versitygw/cmd/versitygw"
