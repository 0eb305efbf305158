package pages

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// artifactContent is the page of an artifact.
type artifactContent struct {
	Run       runHead
	Task      *runs.Task
	Name      string
	Direction string
	Artifact  artifactRow
	Address   string // of its task
	Content   string // of its bytes
	Preview   preview
	// Objects are those of an artifact that is a tree.
	Objects []objectRow
	More    bool
	Lineage provenance
	Command string
}

// objectRow is an object of an artifact.
type objectRow struct {
	Path, Size string
}

// mostObjects is how many objects of an artifact a page lists.
const mostObjects = 200

// openArtifact finds the artifact that is asked for among the inputs or outputs of
// a task. Its URI is what the run says, never what the request does.
func (v *visit) openArtifact() (*artifactContent, contract.RuntimeArtifact, error) {
	h, c, err := v.openTask()
	if err != nil {
		return nil, contract.RuntimeArtifact{}, err
	}
	direction, name := v.request.PathValue("direction"), v.request.PathValue("name")
	among := c.Task.Outputs
	if direction == "inputs" {
		among = c.Task.Inputs
	}
	index, err := strconv.Atoi(cmp.Or(v.request.URL.Query().Get("index"), "0"))
	list := among[name].Artifacts
	if err != nil || index < 0 || index >= len(list) || direction != "inputs" && direction != "outputs" {
		return nil, contract.RuntimeArtifact{}, &registry.NotFoundError{Kind: "Artifact", ID: name}
	}
	a := list[index]
	address := artifactAddress(h.ID, c.Task.Path, direction)(name, index)
	where, query, _ := strings.Cut(address, "?")
	return &artifactContent{
		Run: h, Task: c.Task, Name: name, Direction: direction, Artifact: artifactRowOf(a, address),
		Address: taskAddress(h.ID, c.Task.Path), Content: where + "/content?" + query,
		Command: "kfp2argo get " + h.Name + " " + c.Task.Path + " " + name + " -n " + h.Namespace,
	}, a, nil
}

func showArtifact(v *visit) (answer, error) {
	c, a, err := v.openArtifact()
	if err != nil {
		return nil, err
	}
	if err := c.read(v, a); err != nil {
		return nil, err
	}
	if err := c.trace(v, a.URI); err != nil {
		return nil, err
	}
	p := c.Run.page("artifact", c)
	p.Title, p.Refresh = c.Name+" · "+c.Task.Key+" · "+c.Run.DisplayName, 0
	return p, nil
}

// read looks at what there is of the artifact in the store.
func (c *artifactContent) read(v *visit, a contract.RuntimeArtifact) error {
	c.Preview.metadata(a)
	objects, err := v.view.ArtifactObjects(v, a.URI, mostObjects+1)
	switch {
	case isMissing(err):
		c.Preview.Missing = "The bytes of this artifact are not below the pipeline root of this server, which therefore does not read them."
		return nil
	case err != nil:
		return err
	}
	if c.More = len(objects) > mostObjects; c.More {
		objects = objects[:mostObjects]
	}
	for _, o := range objects {
		c.Objects = append(c.Objects, objectRow{strings.TrimPrefix(o.URI.String(), a.URI+"/"), sizeText(o.Size)})
	}
	if len(objects) > 0 {
		return nil
	}
	text, err := v.view.ReadArtifact(v, a.URI)
	var large *store.TooLargeError
	switch {
	case isMissing(err):
		c.Preview.Missing = "There are no bytes: the task has only recorded the artifact, or they have been removed."
	case errors.As(err, &large):
		c.Preview.Size = sizeText(large.Size)
		c.Preview.Missing = "There is no preview of an artifact of more than " + sizeText(store.MaxSmall) + ". Download it to look at it."
	case err != nil && v.Err() == nil:
		c.Preview.Missing = "There is no preview: " + err.Error()
	default:
		c.Preview.bytes(a, text)
	}
	return nil
}

// sandboxed is the policy for what comes from a store: it has no origin, runs
// nothing and loads nothing.
const sandboxed = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

// showContent answers with the bytes of an artifact, to be kept, or with show to
// be seen: HTML and images only, in a sandbox.
func showContent(v *visit) (answer, error) {
	_, a, err := v.openArtifact()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "artifact-*")
	if err != nil {
		return nil, err
	}
	local := filepath.Join(dir, "content")
	err = v.view.FetchArtifact(v, a.URI, local)
	if info, statErr := os.Stat(local); err == nil && statErr == nil && info.IsDir() {
		one := path.Clean("/" + v.request.URL.Query().Get("object"))
		local = filepath.Join(local, filepath.FromSlash(one))
		if info, statErr = os.Stat(local); statErr != nil || info.IsDir() {
			err = badForm("this artifact has several objects: say which, or fetch all of it with kfp2argo get")
		}
	}
	if err != nil {
		return nil, joinRemoved(err, dir)
	}
	name := path.Base(a.URI)
	if u, err := store.ParseURI(a.URI); err == nil {
		name = path.Base(u.String())
	}
	return contentAnswer{dir: dir, file: local, name: name, show: v.request.URL.Query().Get("show")}, nil
}

func joinRemoved(err error, dir string) error {
	_ = os.RemoveAll(dir) // the error says more
	return err
}

// contentAnswer is the bytes of an artifact in a file.
type contentAnswer struct{ dir, file, name, show string }

func (a contentAnswer) write(v *visit) int {
	defer os.RemoveAll(a.dir)
	h := v.writer.Header()
	h.Set("Content-Security-Policy", sandboxed)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", attachment(a.name))
	h.Set("Content-Type", "application/octet-stream")
	file, err := os.Open(a.file)
	if err != nil {
		return v.fail(err)
	}
	defer file.Close()
	switch kind := shownAs(file); {
	case a.show == "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Disposition", "inline")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Content-Security-Policy", sandboxed+"; frame-ancestors 'self'")
	case a.show == "image" && kind != "":
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", "inline")
	}
	_, _ = io.Copy(&flusher{w: v.writer, control: http.NewResponseController(v.writer)}, file) // the client has gone
	return http.StatusOK
}

// shownAs is the type of an image by its first bytes, or nothing for what is none.
// A picture in SVG may have scripts: browsers run none in an image, and the
// sandbox none where it is opened by itself.
func shownAs(file io.ReadSeeker) string {
	start := make([]byte, 512)
	n, _ := io.ReadFull(file, start)
	_, _ = file.Seek(0, io.SeekStart) // a file of this machine
	return imageType(start[:n])
}

func imageType(start []byte) string {
	switch kind := http.DetectContentType(start); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return kind
	}
	if text := strings.TrimSpace(string(start)); strings.HasPrefix(text, "<svg") || strings.HasPrefix(text, "<?xml") && strings.Contains(text, "<svg") {
		return "image/svg+xml"
	}
	return ""
}

// contentAddress is the address of the bytes, to be seen as a kind.
func (c *artifactContent) contentAs(kind string) string {
	return withQuery(c.Content, "show", kind)
}

// Frame and Image are the addresses of the bytes as HTML and as an image.
func (c *artifactContent) Frame() string { return c.contentAs("html") }

// Image is the address of the bytes as an image.
func (c *artifactContent) Image() string { return c.contentAs("image") }

// ObjectAddress is that of one object of an artifact that is a tree.
func (c *artifactContent) ObjectAddress(object string) string {
	return c.Content + "&" + url.Values{"object": {object}}.Encode()
}
