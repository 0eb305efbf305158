package rest

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate/archive"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// uploadQuery are the parameters of both uploads.
func uploadQuery(more ...string) []string {
	return append([]string{"name", "display_name", "description", "tags", "code_source_url"}, more...)
}

// uploaded is a compiled pipeline that a caller has sent.
type uploaded struct {
	spec []byte
	name string // in the pipeline
	tags map[string]string
}

// upload reads the file of a request, and checks that it is a pipeline.
func (c *call) upload() (*uploaded, error) {
	file, err := c.uploadedFile()
	if err != nil {
		return nil, err
	}
	unpacked, err := archive.Unpack(*file)
	if err != nil {
		return nil, bad("%v", err)
	}
	up := uploaded{spec: unpacked.Text}
	text, err := posted.Text(up.spec)
	if err != nil {
		return nil, bad("%v", err)
	}
	if up.name, _, err = posted.Check(posted.Name, text); err != nil {
		return nil, err
	}
	if text := c.query.Get("tags"); text != "" {
		if err := json.Unmarshal([]byte(text), &up.tags); err != nil {
			return nil, bad("tags is no JSON object of texts: %v", err)
		}
	}
	return &up, nil
}

// uploadedFile reads the part uploadfile of a form.
func (c *call) uploadedFile() (*diag.Source, error) {
	form, err := c.request.MultipartReader()
	if err != nil {
		return nil, bad("the upload: %v", err)
	}
	for {
		part, err := form.NextPart()
		var tooLong *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return nil, bad("the upload has no part uploadfile")
		case errors.As(err, &tooLong):
			return nil, err
		case err != nil:
			return nil, bad("the upload: %v", err)
		case part.FormName() != "uploadfile":
			continue
		}
		file, err := io.ReadAll(io.LimitReader(part, archive.MaxSize+1))
		switch {
		case err != nil:
			return nil, bad("the upload: %v", err)
		case len(file) > archive.MaxSize:
			return nil, &StatusError{http.StatusRequestEntityTooLarge, errors.New("the uploaded file has more than 32 MiB")}
		}
		return &diag.Source{Name: cmp.Or(part.FileName(), posted.Name), Text: file}, nil
	}
}

func uploadPipeline(c *call) (any, error) {
	up, err := c.upload()
	if err != nil {
		return nil, err
	}
	name := cmp.Or(c.query.Get("name"), c.query.Get("display_name"), up.name)
	p, err := c.view.CreatePipeline(c, registry.Pipeline{
		Namespace: c.query.Get("namespace"), Name: name, DisplayName: cmp.Or(c.query.Get("display_name"), name),
		Description: c.query.Get("description"), Tags: up.tags,
	}, registry.Version{
		Name: name, DisplayName: cmp.Or(c.query.Get("display_name"), name), CodeSource: c.query.Get("code_source_url"), Spec: up.spec,
	})
	if err != nil {
		return nil, err
	}
	return pipelineJSON(*p), nil
}

func uploadVersion(c *call) (any, error) {
	up, err := c.upload()
	if err != nil {
		return nil, err
	}
	id := c.query.Get("pipelineid")
	if id == "" {
		return nil, bad("pipelineid is needed: the ID of the pipeline")
	}
	name := cmp.Or(c.query.Get("name"), c.query.Get("display_name"), up.name)
	v, err := c.view.CreateVersion(c, registry.Version{
		PipelineID: id, Name: name, DisplayName: cmp.Or(c.query.Get("display_name"), name),
		Description: c.query.Get("description"), CodeSource: c.query.Get("code_source_url"), Tags: up.tags, Spec: up.spec,
	})
	if err != nil {
		return nil, err
	}
	if err := c.renew(v.PipelineID); err != nil {
		return nil, err
	}
	return versionJSON(v)
}
