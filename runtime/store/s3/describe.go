package s3

import (
	"fmt"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Facts returns what is known of the bucket.
func (b Bucket) Facts() (backend.Facts, error) {
	facts := backend.Facts{Endpoint: b.client.EndpointURL().String(), Signs: b.signs}
	value, err := b.client.GetCreds()
	if err != nil {
		return facts, fmt.Errorf("%w from %s: %w", backend.ErrNoCredentials, b.source, err)
	}
	if value.AccessKeyID != "" {
		facts.Credentials = b.source
	}
	return facts, nil
}

// source names the first thing that has credentials, in the order in which
// findCredentials looks.
func source(own backend.Credentials, getenv func(string) string) string {
	if from := own.AccessKey.From; from != "" {
		return "the Secret and key " + from
	}
	if secret := getenv(contract.StoreSecretVariable); secret != "" {
		return "the Secret " + secret
	}
	for _, name := range []string{
		contract.AccessKeyVariable, "AWS_ACCESS_KEY_ID",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	} {
		if getenv(name) != "" {
			return "the variable " + name
		}
	}
	file := &credentials.FileAWSCredentials{}
	if value, err := file.RetrieveWithCredContext(nil); err == nil && value.AccessKeyID != "" {
		return "AWS's file of credentials"
	}
	return "the machine's metadata service"
}
