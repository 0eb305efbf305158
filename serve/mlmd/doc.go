// Package mlmd answers the questions that KFP's web UI, up to 2.17, asks of ML
// Metadata: what has become of the tasks of a run, and which artifacts they have.
// It only reads. The questions come as gRPC-web; the few messages are written out
// here, field by field, as ml_metadata/proto has them.
package mlmd
