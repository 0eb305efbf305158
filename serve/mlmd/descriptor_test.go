package mlmd

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/known/structpb" // it is imported by the descriptor
)

// descriptor describes a message of ML Metadata, as far as the UI reads it.
// Answers of one form are one message here: the names of fields are no part of
// what is sent.
func descriptor(t *testing.T, name string) protoreflect.MessageDescriptor {
	t.Helper()
	var file descriptorpb.FileDescriptorProto
	require.NoError(t, prototext.Unmarshal([]byte(descriptors), &file))
	made, err := protodesc.NewFile(&file, protoregistry.GlobalFiles)
	require.NoError(t, err)
	found := made.Messages().ByName(protoreflect.Name(name))
	require.NotNil(t, found, name)
	return found
}

const descriptors = `
name: "m.proto" package: "m" syntax: "proto2" dependency: "google/protobuf/struct.proto"
message_type { name: "Value"
  field { name: "int_value" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "double_value" number: 2 type: TYPE_DOUBLE label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "string_value" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "struct_value" number: 4 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".google.protobuf.Struct" oneof_index: 0 }
  field { name: "bool_value" number: 6 type: TYPE_BOOL label: LABEL_OPTIONAL oneof_index: 0 }
  oneof_decl { name: "value" }
}
message_type { name: "Context"
  field { name: "id" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "type_id" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "name" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "type" number: 6 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "custom_properties" number: 5 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Context.CustomPropertiesEntry" }
  nested_type { name: "CustomPropertiesEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".m.Value" } }
}
message_type { name: "Execution"
  field { name: "id" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "type_id" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "last_known_state" number: 3 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".m.State" }
  field { name: "custom_properties" number: 5 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Execution.CustomPropertiesEntry" }
  field { name: "name" number: 6 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "type" number: 7 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "create_time_since_epoch" number: 8 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "last_update_time_since_epoch" number: 9 type: TYPE_INT64 label: LABEL_OPTIONAL }
  nested_type { name: "CustomPropertiesEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".m.Value" } }
}
message_type { name: "Artifact"
  field { name: "id" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "type_id" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "uri" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "custom_properties" number: 5 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Artifact.CustomPropertiesEntry" }
  field { name: "state" number: 6 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".m.ArtifactState" }
  field { name: "name" number: 7 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "type" number: 8 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "create_time_since_epoch" number: 9 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "last_update_time_since_epoch" number: 10 type: TYPE_INT64 label: LABEL_OPTIONAL }
  nested_type { name: "CustomPropertiesEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".m.Value" } }
}
message_type { name: "Event"
  field { name: "artifact_id" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "execution_id" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "path" number: 3 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".m.Path" }
  field { name: "type" number: 4 type: TYPE_ENUM label: LABEL_OPTIONAL type_name: ".m.EventType" }
  field { name: "milliseconds_since_epoch" number: 5 type: TYPE_INT64 label: LABEL_OPTIONAL }
}
message_type { name: "Path"
  field { name: "steps" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Step" } }
message_type { name: "Step"
  field { name: "index" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "key" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
  oneof_decl { name: "value" }
}
message_type { name: "Type"
  field { name: "id" number: 1 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "name" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
message_type { name: "ContextResponse"
  field { name: "context" number: 1 type: TYPE_MESSAGE label: LABEL_OPTIONAL type_name: ".m.Context" } }
message_type { name: "Contexts"
  field { name: "contexts" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Context" } }
message_type { name: "Executions"
  field { name: "executions" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Execution" }
  field { name: "next_page_token" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
message_type { name: "Artifacts"
  field { name: "artifacts" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Artifact" }
  field { name: "next_page_token" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
message_type { name: "Events"
  field { name: "events" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Event" } }
message_type { name: "Types"
  field { name: "types" number: 1 type: TYPE_MESSAGE label: LABEL_REPEATED type_name: ".m.Type" } }
enum_type { name: "State"
  value { name: "UNKNOWN" number: 0 } value { name: "NEW" number: 1 } value { name: "RUNNING" number: 2 }
  value { name: "COMPLETE" number: 3 } value { name: "FAILED" number: 4 } value { name: "CACHED" number: 5 } value { name: "CANCELED" number: 6 } }
enum_type { name: "ArtifactState" value { name: "NONE" number: 0 } value { name: "PENDING" number: 1 } value { name: "LIVE" number: 2 } }
enum_type { name: "EventType"
  value { name: "NO_EVENT" number: 0 } value { name: "DECLARED_OUTPUT" number: 1 } value { name: "DECLARED_INPUT" number: 2 }
  value { name: "INPUT" number: 3 } value { name: "OUTPUT" number: 4 } }
`
