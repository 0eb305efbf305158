// Package store moves artifacts between local files and the buckets behind
// their URIs.
//
// An artifact is one object, or a tree of objects whose keys begin with the
// artifact's own and a slash. [Store] knows about trees, parallelism and safe
// local paths; a back end only lists, reads and writes single objects. The
// suite in storetest says what each of them owes.
//
//	s3://bucket/key, minio://bucket/key   any store that speaks S3
//	file:///directory/key                 a directory, such as a mounted volume
//
// # Settings
//
// The pipeline root carries the settings of its bucket as a query:
//
//	s3://bucket/prefix?region=eu-1&endpoint=store:9000&disableSSL=true&s3ForcePathStyle=true
//
// With endpoint=file:///mnt/volume the buckets are directories of that
// directory. URIs in the root's bucket use its settings. What the root leaves
// open, and every other bucket, goes by the environment: AWS_ENDPOINT_URL_S3
// or AWS_ENDPOINT_URL, and AWS_REGION or AWS_DEFAULT_REGION. Credentials are those
// of [contract.AccessKeyVariable] and [contract.SecretKeyVariable] or else what
// AWS's own tools would find. HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE mean what
// they always do.
package store
