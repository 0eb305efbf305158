package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The name and namespace in each manifest are those in its path.
func TestObjects(t *testing.T) {
	all, err := objects(secrets{AccessKey: "access", SecretKey: "secret", Database: "password"}, true)
	if err != nil {
		t.Fatal(err)
	}
	without, err := objects(secrets{}, false)
	if err != nil || len(without) >= len(all) {
		t.Fatalf("%d objects without Postgres, %d with it: %v", len(without), len(all), err)
	}
	for _, o := range all {
		var m struct {
			APIVersion string
			Metadata   struct{ Name, Namespace string }
		}
		if err := json.Unmarshal(o.Manifest, &m); err != nil {
			t.Fatalf("%s: %v", o.Path, err)
		}
		want := "/apis/" + m.APIVersion
		if m.APIVersion == "v1" {
			want = "/api/v1"
		}
		if m.Metadata.Namespace != "" {
			want += "/namespaces/" + m.Metadata.Namespace
		}
		if !strings.HasPrefix(o.Path, want+"/") || !strings.HasSuffix(o.Path, "/"+m.Metadata.Name) {
			t.Errorf("%s does not begin with %s and end with %s", o.Path, want, m.Metadata.Name)
		}
	}
}
