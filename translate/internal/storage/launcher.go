package storage

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// The fields of KFP's launcher.
const (
	rootField      = "defaultPipelineRoot"
	providersField = "providers"
)

// launcher reads the settings of KFP's launcher.
func (r reader) launcher(t *document.Tree) {
	var root, providers *document.Tree
	r.object(t, "the settings of KFP's launcher", fields{
		rootField:      func(t *document.Tree) { root = t },
		providersField: func(t *document.Tree) { providers = t },
	})
	described := map[string]bool{}
	if providers != nil {
		read := func(r reader, t *document.Tree) {
			r.providers(t, providersField)
			for _, f := range t.Fields {
				described[strings.ToLower(f.Key.Value)] = true
			}
		}
		if providers.Kind == document.MappingTree {
			read(r, providers)
		} else {
			r.inside(providers, providersField, read)
		}
	}
	if root != nil {
		r.root(root, described)
	}
}

// rootForm is what KFP takes for a pipeline root.
var rootForm = regexp.MustCompile(`^(s3|gs|minio)://[^/?]+(/[^?]*)?(\?.+)?$`)

func (r reader) root(t *document.Tree, described map[string]bool) {
	var root string
	r.text(&root, rootField)(t)
	scheme, _, _ := strings.Cut(root, "://")
	switch {
	case root == "":
	case !rootForm.MatchString(root):
		r.badValue(t, rootField, "it must be of the form s3://bucket/path, minio:// or gs://")
	case scheme == "minio" && !described[scheme] && !strings.Contains(root, "endpoint="):
		r.noMinio(t)
	default:
		r.setRoot(root)
	}
}

// schemesOf reports whether KFP has a provider of this name, and whether it
// speaks S3.
func schemesOf(provider string) (speaksS3, ok bool) {
	switch strings.ToLower(provider) {
	case "s3", "minio":
		return true, true
	case "gs":
		return false, true
	}
	return false, false
}

func (r reader) providers(t *document.Tree, what string) {
	read := func(scheme string) func(*document.Tree) {
		return func(t *document.Tree) { r.provider(t, scheme, what+"."+scheme) }
	}
	r.object(t, what, fields{"s3": read("s3"), "minio": read("minio"), "gs": read("gs")})
}

func (r reader) provider(t *document.Tree, scheme, what string) {
	var standard, overrides *document.Tree
	r.object(t, what, fields{
		"default":   func(t *document.Tree) { standard = t },
		"overrides": func(t *document.Tree) { overrides = t },
	})
	if standard == nil {
		r.noDefault(t, what)
		return
	}
	base := &section{tree: standard, scheme: scheme, what: what + ".default"}
	r.object(standard, base.what, r.fieldsOf(base))
	if overrides != nil && overrides.Kind != document.ListTree {
		r.wrongType(overrides, what+".overrides", "a list")
		overrides = nil
	}
	if overrides != nil {
		for i, item := range overrides.Items {
			r.override(item, base, fmt.Sprintf("%s.overrides[%d]", what, i))
		}
	}
	if base.complete(r) {
		r.add(base.place(scheme + "://"))
	}
}

// section is a default or an override as it is in the file.
type section struct {
	tree           *document.Tree
	what, scheme   string
	bucket, prefix string
	endpoint       string
	region         string
	disableSSL     *bool
	pathStyle      *bool
	maxRetries     int
	fromEnv        *bool
	credentials    *contract.StoreCredentials
}

// fieldsOf are the fields of a section, to be read into it.
func (r reader) fieldsOf(s *section) fields {
	known := fields{"credentials": func(t *document.Tree) { r.credentials(t, s) }}
	if speaksS3, _ := schemesOf(s.scheme); speaksS3 {
		known["endpoint"] = r.endpoint(&s.endpoint, s.what+".endpoint")
		known["region"] = r.text(&s.region, s.what+".region")
		known["disableSSL"] = r.boolean(&s.disableSSL, s.what+".disableSSL")
		known["forcePathStyle"] = r.boolean(&s.pathStyle, s.what+".forcePathStyle")
		known["maxRetries"] = r.count(&s.maxRetries, s.what+".maxRetries")
	}
	return known
}

// override reads an override. What it leaves open is as in the default, but for
// the credentials, which KFP wants of each.
func (r reader) override(t *document.Tree, base *section, what string) {
	s := &section{tree: t, scheme: base.scheme, what: what}
	known := r.fieldsOf(s)
	known["bucketName"] = r.text(&s.bucket, what+".bucketName")
	known["keyPrefix"] = r.text(&s.prefix, what+".keyPrefix")
	r.object(t, what, known)
	if s.bucket == "" || strings.ContainsAny(s.bucket, "/?") {
		r.noBucket(t, what)
		return
	}
	s.endpoint = cmp.Or(s.endpoint, base.endpoint)
	s.region = cmp.Or(s.region, base.region)
	s.disableSSL = cmp.Or(s.disableSSL, base.disableSSL)
	s.pathStyle = cmp.Or(s.pathStyle, base.pathStyle)
	s.maxRetries = cmp.Or(s.maxRetries, base.maxRetries)
	if s.complete(r) {
		uri := s.scheme + "://" + s.bucket
		if s.prefix != "" {
			uri += "/" + s.prefix
		}
		r.add(s.place(uri))
	}
}

// complete reports what a section lacks, and whether it lacks nothing.
func (s *section) complete(r reader) bool {
	switch {
	case s.fromEnv == nil && s.credentials == nil || s.credentials == nil && !*s.fromEnv:
		r.noCredentials(s.tree, s.what)
		return false
	case s.scheme == "minio" && s.endpoint == "":
		r.noEndpoint(s.tree, s.what)
		return false
	}
	return true
}

func (s *section) place(uri string) contract.StorePlace {
	p := contract.StorePlace{
		URI: uri, Region: s.region, ForcePathStyle: s.pathStyle, MaxRetries: s.maxRetries,
		DisableSSL: s.disableSSL != nil && *s.disableSSL,
	}
	if !strings.HasPrefix(strings.TrimPrefix(s.endpoint, "https://"), "s3.amazonaws.com") {
		p.Endpoint = s.endpoint // that of AWS goes by the region, in KFP too
	}
	if s.fromEnv == nil || !*s.fromEnv {
		p.Credentials = s.credentials
	}
	return p
}

// credentials reads where a section takes its credentials from.
func (r reader) credentials(t *document.Tree, s *section) {
	what := s.what + ".credentials"
	var ref *document.Tree
	r.object(t, what, fields{
		"fromEnv":   r.boolean(&s.fromEnv, what+".fromEnv"),
		"secretRef": func(t *document.Tree) { ref = t },
	})
	if ref == nil {
		return
	}
	if s.fromEnv != nil && *s.fromEnv {
		r.unusedSecret(ref, what)
		return
	}
	if speaksS3, _ := schemesOf(s.scheme); speaksS3 {
		s.credentials = r.keyPair(ref, what+".secretRef")
	} else {
		s.credentials = r.keyOfAccount(ref, what+".secretRef")
	}
}

// keyPair reads a reference to the keys for S3.
func (r reader) keyPair(ref *document.Tree, what string) *contract.StoreCredentials {
	var name, access, secret string
	r.object(ref, what, fields{
		"secretName":   r.secretName(&name, what+".secretName"),
		"accessKeyKey": r.secretKey(&access, what+".accessKeyKey"),
		"secretKeyKey": r.secretKey(&secret, what+".secretKeyKey"),
	})
	if !r.requireAll(ref, what, map[string]string{"secretName": name, "accessKeyKey": access, "secretKeyKey": secret}) {
		return &contract.StoreCredentials{}
	}
	return &contract.StoreCredentials{AccessKey: r.secret(name, access, accessKey), SecretKey: r.secret(name, secret, secretKey)}
}

// keyOfAccount reads a reference to the key of a Google service account.
func (r reader) keyOfAccount(ref *document.Tree, what string) *contract.StoreCredentials {
	var name, token string
	r.object(ref, what, fields{
		"secretName": r.secretName(&name, what+".secretName"), "tokenKey": r.secretKey(&token, what+".tokenKey"),
	})
	if !r.requireAll(ref, what, map[string]string{"secretName": name, "tokenKey": token}) {
		return &contract.StoreCredentials{}
	}
	return &contract.StoreCredentials{Key: r.secret(name, token, onlyKey)}
}
