package dockerfile_test

import (
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/kfp2argo/kfp2argo/hack/images/dockerfile"
	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

// TestDocumentation holds the Dockerfile in docs/embedding.md against the one
// that is tried.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	tried, err := os.ReadFile("../../../examples/embedding/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(tried), "\n") // what the page is called
	if !strings.Contains(string(page), "```dockerfile\n"+lines+"```") {
		t.Errorf("docs/embedding.md does not show\n%s", lines)
	}
}

func TestRefusals(t *testing.T) {
	layer, err := image.Layer(image.File{Path: "/launcher", Data: []byte("program")})
	if err != nil {
		t.Fatal(err)
	}
	img, err := image.New("amd64", v1.Config{}, layer)
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]v1.Image{"base": empty.Image, "ours": img}
	for text, want := range map[string]string{
		"":                      "no FROM",
		"FROM nothing":          `line 1, "FROM nothing": there is no image nothing`,
		"FROM base\n\nRUN make": `line 3, "RUN make": this program knows`,
		"FROM base\nFROM base":  "line 2",
		"FROM base\nCOPY . /":   "line 2",
		"FROM base\nCOPY --from=ours launcher /l":    "line 2",
		"FROM base\nCOPY --from=nobody /launcher /l": "there is no image nobody",
		"FROM base\nCOPY --from=ours /driver /l":     "there is no file /driver",
		"COPY --from=ours /launcher /l":              "line 1",
	} {
		if _, err := dockerfile.Build(strings.NewReader(text), images); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}
