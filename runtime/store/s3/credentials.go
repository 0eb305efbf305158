package s3

import (
	"net/http"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/kfp2argo/kfp2argo/runtime/contract"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// credentialTimeout bounds a request for credentials. Outside of clouds, the
// address that would have some answers nothing at all.
const credentialTimeout = 10 * time.Second

// findCredentials returns the credentials of an S3 bucket: those of its place,
// or those that all pods are given, or else what AWS's own tools would find.
func findCredentials(own backend.Credentials, getenv func(string) string, transport http.RoundTripper) (*credentials.Credentials, error) {
	if own != (backend.Credentials{}) {
		return keys(own, getenv)
	}
	if secret := getenv(contract.StoreSecretVariable); secret != "" {
		return keys(shared(secret), getenv)
	}
	if key := getenv(contract.AccessKeyVariable); key != "" {
		return credentials.NewStaticV4(key, getenv(contract.SecretKeyVariable), ""), nil
	}
	role := &credentials.IAM{
		Client:   &http.Client{Transport: transport, Timeout: credentialTimeout},
		Endpoint: serviceEndpoint(getenv),
	}
	if hasRole(getenv) && getenv("AWS_ACCESS_KEY_ID") == "" {
		return credentials.New(role), nil // alone, so that its error is not lost
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, role,
	}), nil
}

// shared names the pair that all pods are given, out of one Secret.
func shared(name string) backend.Credentials {
	return backend.Credentials{
		AccessKey: backend.Secret{Variable: contract.AccessKeyVariable, From: name + "/" + contract.AccessKeyOfSecret},
		SecretKey: backend.Secret{Variable: contract.SecretKeyVariable, From: name + "/" + contract.SecretKeyOfSecret},
	}
}

// keys returns the credentials that the variables hold.
func keys(own backend.Credentials, getenv func(string) string) (*credentials.Credentials, error) {
	var values [3]string
	for i, one := range []backend.Secret{own.AccessKey, own.SecretKey, own.SessionToken} {
		var err error
		if values[i], err = one.Value(getenv); err != nil {
			return nil, err
		}
	}
	return credentials.NewStaticV4(values[0], values[1], values[2]), nil
}

// hasRole reports whether the pod has an identity of its own: a role for its
// service account (IRSA), or an agent that hands out credentials (EKS Pod
// Identity).
func hasRole(getenv func(string) string) bool {
	return getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" ||
		getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "" || getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != ""
}

// serviceEndpoint is where credentials are asked for, where that is not the
// usual address. The agent of EKS names its own.
func serviceEndpoint(getenv func(string) string) string {
	switch {
	case getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "":
		return getenv("AWS_ENDPOINT_URL_STS")
	case hasRole(getenv):
		return ""
	}
	return getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT")
}
