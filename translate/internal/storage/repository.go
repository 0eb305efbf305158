package storage

import (
	"cmp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// repositoryField is where Argo's controller has its artifact repository.
const repositoryField = "artifactRepository"

// rootName is the directory of a repository that is the pipeline root: Argo's
// own artifacts are beside it.
const rootName = "kfp2argo"

// controller reads the artifact repository of Argo's controller. Its other
// settings are nothing to do with stores.
func (r reader) controller(data *document.Tree) {
	repository := func(r reader, t *document.Tree) { r.repository(t, repositoryField) }
	if t := member(data, repositoryField); t != nil {
		r.inside(t, repositoryField, repository)
		return
	}
	if t := member(data, "config"); t != nil {
		r.inside(t, "config", func(r reader, t *document.Tree) {
			if t := member(t, repositoryField); t != nil {
				repository(r, t)
				return
			}
			r.noRepository(t)
		})
		return
	}
	r.noRepository(data)
}

// repositories reads one of several artifact repositories.
func (r reader) repositories(data *document.Tree, standard string) {
	key := cmp.Or(r.key, standard)
	t := member(data, key)
	if t == nil {
		r.noSuchRepository(data, key)
		return
	}
	r.inside(t, key, func(r reader, t *document.Tree) { r.repository(t, key) })
}

// repository reads an artifact repository of Argo's: the root is a directory in
// it.
func (r reader) repository(t *document.Tree, what string) {
	found := 0
	of := func(kind string, read func(*document.Tree, string)) func(*document.Tree) {
		return func(t *document.Tree) {
			if found++; found > 1 {
				r.secondRepository(t, what)
				return
			}
			read(t, what+"."+kind)
		}
	}
	r.object(t, what, fields{
		"archiveLogs": ignored, // Argo's affair
		"s3":          of("s3", r.s3),
		"gcs":         of("gcs", r.gcs),
		"azure":       of("azure", r.azure),
		"artifactory": of("artifactory", r.unsupportedStore),
		"hdfs":        of("hdfs", r.unsupportedStore),
		"oss":         of("oss", r.unsupportedStore),
	})
	if found == 0 && t.Kind == document.MappingTree {
		r.noRepository(t)
	}
}

func (r reader) s3(t *document.Tree, what string) {
	var p contract.StorePlace
	var bucket string
	var insecure *bool
	var keys contract.StoreCredentials
	refused := func(name, hint string) func(*document.Tree) {
		return func(t *document.Tree) { r.unsupported(t, what+"."+name, hint) }
	}
	known := fields{
		"endpoint":                 r.endpoint(&p.Endpoint, what+".endpoint"),
		"bucket":                   r.text(&bucket, what+".bucket"),
		"region":                   r.text(&p.Region, what+".region"),
		"insecure":                 r.boolean(&insecure, what+".insecure"),
		"keyFormat":                ignored, // for Argo's own artifacts
		"keyPrefix":                ignored,
		"useSDKCreds":              ignored, // what there is without Secrets
		"accessKeySecret":          r.selector(&keys.AccessKey, what+".accessKeySecret", accessKey),
		"secretKeySecret":          r.selector(&keys.SecretKey, what+".secretKeySecret", secretKey),
		"sessionTokenSecret":       r.selector(&keys.SessionToken, what+".sessionTokenSecret", sessionToken),
		"roleARN":                  refused("roleARN", "give the service account of the pods the role: docs/storage.md says how"),
		"createBucketIfNotPresent": refused("createBucketIfNotPresent", "make the bucket beforehand and leave this out"),
		"encryptionOptions":        refused("encryptionOptions", "let the bucket encrypt by default and leave this out"),
		"caSecret":                 ignored,
	}
	if !r.options.CABundle {
		known["caSecret"] = refused("caSecret", "put the certificates into a ConfigMap and name it with --ca-bundle")
	}
	r.object(t, what, known)
	if strings.TrimPrefix(p.Endpoint, "https://") == "s3.amazonaws.com" {
		p.Endpoint = ""
	}
	p.DisableSSL = insecure != nil && *insecure
	if keys.AccessKey != nil || keys.SecretKey != nil {
		p.Credentials = &keys
	}
	if (keys.AccessKey == nil) != (keys.SecretKey == nil) {
		r.halfCredentials(t, what)
	}
	r.addRepository(t, "s3", bucket, p)
}

func (r reader) gcs(t *document.Tree, what string) {
	var bucket string
	var key *contract.StoreKey
	r.object(t, what, fields{
		"bucket":                  r.text(&bucket, what+".bucket"),
		"keyFormat":               ignored,
		"serviceAccountKeySecret": r.selector(&key, what+".serviceAccountKeySecret", onlyKey),
	})
	r.addRepository(t, "gs", bucket, contract.StorePlace{Credentials: single(key)})
}

func (r reader) azure(t *document.Tree, what string) {
	var p contract.StorePlace
	var container string
	var key *contract.StoreKey
	r.object(t, what, fields{
		"endpoint":         r.endpoint(&p.Endpoint, what+".endpoint"),
		"container":        r.text(&container, what+".container"),
		"blobNameFormat":   ignored,
		"useSDKCreds":      ignored,
		"accountKeySecret": r.selector(&key, what+".accountKeySecret", onlyKey),
	})
	if p.Endpoint == "" {
		r.noEndpoint(t, what)
	}
	p.Credentials = single(key)
	r.addRepository(t, "azblob", container, p)
}

// single returns the credentials of one key, or nil for none.
func single(key *contract.StoreKey) *contract.StoreCredentials {
	if key == nil {
		return nil
	}
	return &contract.StoreCredentials{Key: key}
}

// selector reads Kubernetes' reference to a key of a Secret. Whether the Secret
// is optional does not matter: to the pods each is.
func (r reader) selector(into **contract.StoreKey, what, purpose string) func(*document.Tree) {
	return func(t *document.Tree) {
		var name, key string
		r.object(t, what, fields{
			"name": r.secretName(&name, what+".name"), "key": r.secretKey(&key, what+".key"), "optional": ignored,
		})
		if r.requireAll(t, what, map[string]string{"name": name, "key": key}) {
			*into = r.secret(name, key, purpose)
		}
	}
}

// addRepository adds the place of a repository and makes it the root.
func (r reader) addRepository(t *document.Tree, scheme, bucket string, p contract.StorePlace) {
	if bucket == "" || strings.ContainsAny(bucket, "/?") {
		r.noBucket(t, "the repository")
		return
	}
	p.URI = scheme + "://" + bucket
	r.add(p)
	r.setRoot(p.URI + "/" + rootName)
}
