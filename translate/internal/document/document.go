// Package document holds a compiled KFP pipeline as it is written: one struct
// for each message of the intermediate representation, with the place of every
// scalar, and [Read], the strict decoder that fills them.
//
// The structs mirror the protobuf messages by name. A field's name in the
// document is the Go name in lowerCamelCase unless an `ir` tag says otherwise;
// the decoder accepts snake_case too, as protobuf's JSON form does. Nothing
// here knows what a field means: names are resolved and rules are checked by
// the passes that follow.
package document

// Document is what a source holds: a pipeline and, where the author set
// platform options, a platform document. Either is nil where the source lacks
// it or where it could not be read at all.
type Document struct {
	Pipeline *PipelineSpec
	Platform *PlatformSpec
}
