package main

import (
	"crypto/x509"
	"os"
	"path/filepath"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// certificateFiles returns those that crypto/x509 takes the roots of a system from,
// as Linux distributions have them.
func certificateFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
	}
}

// trustRoots lets TLS work in images without root certificates, as the user's may
// be. To read them takes a third of the program's start, so it does not where the
// image has some.
func trustRoots(getenv func(string) string) error {
	if hasRoots("/", getenv) {
		return nil
	}
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		certificate, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return err
		}
		if root.Constraint == nil {
			pool.AddCert(certificate)
		} else {
			pool.AddCertWithConstraint(certificate, root.Constraint)
		}
	}
	x509.SetFallbackRoots(pool)
	return nil
}

// hasRoots reports whether a file system surely has root certificates. Those of a
// directory are not looked for: it may hold anything.
func hasRoots(root string, getenv func(string) string) bool {
	files := certificateFiles()
	if file := getenv("SSL_CERT_FILE"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		if info, err := os.Stat(filepath.Join(root, file)); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			return true
		}
	}
	return false
}
