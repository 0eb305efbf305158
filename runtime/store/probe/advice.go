package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// advice says what to do about an error, or nothing where only the error can
// tell.
func advice(err error) string {
	var response minio.ErrorResponse
	if errors.As(err, &response) {
		return adviceForAnswer(response)
	}
	for _, about := range []func(error) string{adviceForTLS, adviceForNetwork, adviceForFile} {
		if text := about(err); text != "" {
			return text
		}
	}
	var scheme *store.UnsupportedSchemeError
	switch {
	case errors.As(err, &scheme):
		return "give a --pipeline-root of another kind, or --store-volume; see docs/storage.md"
	case errors.Is(err, backend.ErrNoCredentials):
		return "make the Secret in this namespace, or give a --service-account that has a role for the bucket; see docs/storage.md"
	}
	return ""
}

// adviceForAnswer is about what a store that speaks S3 refuses.
func adviceForAnswer(r minio.ErrorResponse) string {
	switch r.Code {
	case "InvalidAccessKeyId", "XAdminUserNotFound": // the latter is versitygw's
		return "the store does not know the access key: correct `accesskey` in the Secret of --store-secret, and make sure that the endpoint is that of the store"
	case "SignatureDoesNotMatch":
		return "the secret key is wrong: correct `secretkey` in the Secret of --store-secret (no line break at its end)"
	case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return "the credentials have expired: renew them, or use a role"
	case "AccessDenied", "AllAccessDisabled":
		return "allow the credentials to get, put and list objects of the bucket (s3:GetObject, PutObject, ListBucket, AbortMultipartUpload)"
	case "NoSuchBucket":
		return "make the bucket, or correct its name in --pipeline-root; without ?endpoint=… the request went to AWS"
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidRegion", "IllegalLocationConstraintException":
		return "add the bucket's region to the root: ?region=…"
	case "RequestTimeTooSkewed":
		return "set the clocks of the node and of the store by NTP"
	case "MissingContentLength", "NotImplemented", "XAmzContentSHA256Mismatch", "InvalidArgument", "InvalidDigest", "BadDigest":
		return "the store, or a proxy before it, does not take this request as S3 does"
	case "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge":
		return "make room in the store, or raise the bucket's quota"
	}
	if strings.Contains(r.Message, "HTTPS") || strings.Contains(r.Message, "HTTP request") {
		return "the endpoint speaks https: write https:// in front of it, or leave out disableSSL"
	}
	return ""
}

func adviceForTLS(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		return "give the certificate of the authority with --ca-bundle CONFIGMAP, or correct the one there"
	case errors.As(err, &host):
		return "use a host name for the endpoint that its certificate is for"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the store's certificate, or set the node's clock"
	case errors.As(err, &certificate):
		return "correct the store's certificate, or give its authority with --ca-bundle CONFIGMAP"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the endpoint speaks http: write http:// in front of it, or add disableSSL=true to the root"
	}
	return ""
}

func adviceForNetwork(err error) string {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "the pods know no host " + name.Name + ": correct the endpoint (from another namespace SERVICE.NAMESPACE.svc)"
	case errors.As(err, &name):
		return "the cluster's DNS does not answer pods: look at CoreDNS, and at network policies of the namespace for port 53"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens at the endpoint: correct host and port, and make sure that the store runs"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to the endpoint: look at routes and at network policies of the namespace"
	case errors.Is(err, syscall.ECONNRESET):
		return "something ends connections: a proxy or a service mesh? See HTTPS_PROXY and NO_PROXY (--env)"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "nothing answers: look at network policies of the namespace, firewalls, and HTTPS_PROXY (--env)"
	}
	return ""
}

func adviceForFile(err error) string {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return "the root lies below a file: correct --pipeline-root"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "let user 1000, or group 1000, write to the volume; not every volume heeds fsGroup"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make the volume larger, or remove old runs from it"
	}
	return ""
}
