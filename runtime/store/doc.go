// Package store moves artifacts between local files and the buckets behind
// their URIs.
//
// An artifact is one object, or a tree of objects whose keys begin with the
// artifact's own and a slash. [Store] knows about trees, parallelism and safe
// local paths; a back end only lists, reads and writes single objects. The
// suite in storetest tests what each of them must do.
//
//	s3://bucket/key, minio://bucket/key   any store that speaks S3
//	gs://bucket/key                       Google Cloud Storage
//	azblob://container/key                Azure Blob Storage
//	file:///directory/key                 a directory, such as a mounted volume
//	http://host/path, https://host/path   a single object, only to be read
//	oci://image                           the model below /models of an image, only to be read
//
// # What moves
//
// Symbolic links within an artifact are followed; those that lead out of it are
// refused. A directory that is empty becomes an object of no bytes whose key
// ends with a slash, as consoles of object stores make them, but the artifact
// itself leaves nothing if it is empty. KFP's own programs fetch such an object
// as an empty file. Of a file's mode the executable bit is kept, by back ends
// that have a place for it: in S3 that is metadata which comes with the object
// itself. Owners, times and other bits are not kept, since tasks run under
// other users than those before them.
//
// # Whole or not at all
//
// An object is seen when all of it is there. In S3 that is what the store
// promises; an upload in parts that fails is aborted until the store knows
// nothing of it. A directory gets the file under another name first. It is not
// forced to the disk: it outlives the process, but a machine that loses its
// power may lose what it wrote in the seconds before, as with cp. A network
// volume has it when it is closed.
//
// A download takes one version of each object. If that is replaced meanwhile,
// or another number of bytes comes, it fails. A file that did not come whole is
// removed; those of a tree that came before it are not.
//
// Without TLS, uploads are signed with the SHA-256 of what is sent, a piece of
// at most 16 MiB at a time, so that the store refuses what changed on its way.
// With TLS that is TLS's task, as it is for downloads. Google's
// checksum is compared with that of the file. There are no other
// checksums: not every store knows those of S3, bodies in aws-chunked encoding
// are refused by some, and an ETag is an MD5 only where nothing is encrypted,
// which an answer need not say.
//
// # Patience
//
// A request that may succeed a second time is made again until that has taken a
// minute of waiting, unless its context ends before: when there is no
// connection, it breaks or brings nothing for a minute, or the store is busy or
// broken. A download goes on
// where it broke off. What the store refuses is not asked for again.
//
// # Speed and memory
//
// A Store moves at most 32 files and makes at most 32 requests at a time, in
// parts of 16 MiB, 8 of one file. No file is held in memory, nor is a list of
// them: a Store takes less than 32 MiB, however many they are and whatever
// their size, but for the names in the largest single directory of a bucket
// that is a directory.
//
// # Settings
//
// The pipeline root carries the settings of its bucket as a query:
//
//	s3://bucket/prefix?region=eu-1&endpoint=store:9000&disableSSL=true&s3ForcePathStyle=true
//
// With endpoint=file:///mnt/volume the buckets are directories of that
// directory. A file URI leads into the volume at [contract.StoreDir], which is
// looked for in [contract.VolumeVariable] where that is set. The root's bucket is opened with these settings, if there are any.
// Every other, and the root's if it has none, is opened as the first place of
// the [contract.StoreConfig] says that holds its URI. Then come the settings of
// the root, for all buckets of its scheme, and last the environment. Two parts
// of a bucket may have different credentials; those of its place come first.
// HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE mean what they always do.
//
// S3: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, and AWS_REGION or
// AWS_DEFAULT_REGION. Credentials are those of the place, or those of
// [contract.AccessKeyVariable] and [contract.SecretKeyVariable], or else what
// AWS's own tools would find.
//
// Google: credentials are the key of the place, or that of the file
// GOOGLE_APPLICATION_CREDENTIALS, or what the metadata server gives the pod; with
// anonymous=true there are none. STORAGE_EMULATOR_HOST names an emulator.
// Objects that are stored compressed come as they are stored. Settings:
// anonymous, universe_domain, endpoint.
//
// Azure: the key of the place, AZURE_STORAGE_CONNECTION_STRING, or
// AZURE_STORAGE_ACCOUNT and either AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or
// the pod's identity: with AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID and
// AZURE_TENANT_ID its service account's, with AZURE_CLIENT_SECRET an
// application's, or else the machine's. Settings: storage_account, domain,
// protocol, localemu, endpoint.
//
// Images: credentials are those of Docker's configuration, in DOCKER_CONFIG.
package store
