package s3_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// getenv looks variables up in some of the test's own first: the client reads
// those of AWS from the process.
func getenv(t *testing.T, own map[string]string) func(string) string {
	t.Helper()
	return func(name string) string {
		if value, ok := own[name]; ok {
			return value
		}
		return os.Getenv(name)
	}
}

// TestCredentialsOfPlaces has two buckets on two servers, with a Secret each,
// and a part of the second that another Secret is for.
func TestCredentialsOfPlaces(t *testing.T) {
	first, second := storetest.StartServer(t), storetest.StartServer(t)
	first.MakeBucket(t, "one")
	second.MakeBucket(t, "two")
	place := func(uri, address, key string) contract.StorePlace {
		path := true
		return contract.StorePlace{
			URI: uri, Endpoint: address, Region: "us-east-1", DisableSSL: true, ForcePathStyle: &path, MaxRetries: 2,
			Credentials: &contract.StoreCredentials{
				AccessKey: &contract.StoreKey{Env: "KEY", From: "keys/access"}, SecretKey: &contract.StoreKey{Env: key, From: "keys/secret"},
			},
		}
	}
	config := contract.StoreConfig{Places: []contract.StorePlace{
		place("s3://two/private/", second.Address, "WRONG"),
		place("s3://two", second.Address, "SECRET"),
		place("s3://", first.Address, "SECRET"),
	}}
	s, root := storetest.Open(t, "s3://one/root", getenv(t, map[string]string{
		contract.StoreVariable: string(config.Text()),
		"KEY":                  storetest.AccessKey, "SECRET": storetest.SecretKey, "WRONG": "wrong",
	}))
	storetest.RequireRoundTrip(t, s, root, 100)
	for uri, refused := range map[string]bool{"s3://two/public": false, "s3://two/private/x": true} {
		parsed, err := store.ParseURI(uri)
		require.NoError(t, err)
		if refused {
			storetest.RequireRefused(t, s, parsed, "")
		} else {
			storetest.RequireRoundTrip(t, s, parsed, 100)
		}
	}
}

// sts hands out the server's credentials to who has the token.
func sts(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	return server.URL
}

func token(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("the-token"), 0o600))
	return file
}

// withoutCredentials hides those of the machine.
func withoutCredentials(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
}

// TestWebIdentity exchanges the token that EKS projects into a pod whose
// service account has a role (IRSA).
func TestWebIdentity(t *testing.T) {
	withoutCredentials(t)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token(t))
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/pipelines")
	address := sts(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("WebIdentityToken") != "the-token" || r.FormValue("RoleArn") != "arn:aws:iam::1:role/pipelines" {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
			<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><Expiration>%s</Expiration></Credentials>
			</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
			storetest.AccessKey, storetest.SecretKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
	s, root := storetest.Open(t, server.Root("s3", "bucket/x"), getenv(t, map[string]string{"AWS_ENDPOINT_URL_STS": address}))
	storetest.RequireRoundTrip(t, s, root, 100)

	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/another")
	s, root = storetest.Open(t, server.Root("s3", "bucket/x"), getenv(t, map[string]string{"AWS_ENDPOINT_URL_STS": address}))
	_, err := s.Exists(t.Context(), root)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "Access Denied", "the reason is that of the token's exchange")
}

// TestPodIdentity asks the agent of EKS Pod Identity.
func TestPodIdentity(t *testing.T) {
	withoutCredentials(t)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "the-token" || r.URL.Path != "/v1/credentials" {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `{"AccessKeyId": %q, "SecretAccessKey": %q, "Token": "", "Expiration": %q}`,
			storetest.AccessKey, storetest.SecretKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", sts(t, answer)+"/v1/credentials")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token(t))
	s, root := storetest.Open(t, server.Root("s3", "bucket/x"), os.Getenv)
	storetest.RequireRoundTrip(t, s, root, 100)

	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", filepath.Join(t.TempDir(), "none"))
	s, root = storetest.Open(t, server.Root("s3", "bucket/x"), os.Getenv)
	_, err := s.Exists(t.Context(), root)
	require.ErrorContains(t, err, "failed to read token file")
}

// TestInstanceRole asks the metadata service of a machine.
func TestInstanceRole(t *testing.T) {
	withoutCredentials(t)
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	address := sts(t, func(w http.ResponseWriter, r *http.Request) {
		const roles = "/latest/meta-data/iam/security-credentials/"
		switch {
		case strings.HasSuffix(r.URL.Path, "/latest/api/token"):
			fmt.Fprint(w, "session")
		case r.URL.Path == roles:
			fmt.Fprint(w, "node")
		case r.URL.Path == roles+"node":
			fmt.Fprintf(w, `{"Code": "Success", "AccessKeyId": %q, "SecretAccessKey": %q, "Expiration": %q}`,
				storetest.AccessKey, storetest.SecretKey, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		default:
			http.NotFound(w, r)
		}
	})
	s, root := storetest.Open(t, server.Root("s3", "bucket/x"), getenv(t, map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": address}))
	storetest.RequireRoundTrip(t, s, root, 100)
}
