package pages

import (
	"bytes"
	"cmp"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/archive"
	"github.com/kfp2argo/kfp2argo/translate/compare"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// pipelinesContent is the list of pipelines, with the form that uploads one.
type pipelinesContent struct {
	Pipelines []registry.Pipeline
	Upload    uploadForm
}

// uploadForm uploads a pipeline, or a version of one.
type uploadForm struct{ Action, Name, Description, Problem, Noun string }

func listPipelines(v *visit) (answer, error) {
	return v.pipelines(uploadForm{})
}

func (v *visit) pipelines(form uploadForm) (answer, error) {
	view, err := v.also("pipelines", "list")
	if err != nil {
		return nil, err
	}
	all, err := view.Pipelines(v, v.namespace)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b registry.Pipeline) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.Name, b.Name))
	})
	form.Action, form.Noun = withQuery("/pipelines", "namespace", v.namespace), "pipeline"
	p := page{Look: "pipelines", Title: "Pipelines", Section: "pipelines", Content: pipelinesContent{all, form}}
	if form.Problem != "" {
		p.Status = http.StatusBadRequest
	}
	return p, nil
}

// uploaded is a compiled pipeline that a form has brought.
type uploaded struct {
	spec []byte
	name string // in the pipeline
}

// upload reads the file of a form, and checks that it is a pipeline.
func (v *visit) upload() (*uploaded, error) {
	file, header, err := v.request.FormFile("file")
	if err != nil {
		return nil, badForm("choose a file: a compiled pipeline, or an archive with one")
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, archive.MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > archive.MaxSize {
		return nil, badForm("the file has more than 32 MiB")
	}
	unpacked, err := archive.Unpack(diag.Source{Name: header.Filename, Text: text})
	if err != nil {
		return nil, badForm(err.Error())
	}
	up := &uploaded{spec: unpacked.Text}
	compiled, err := posted.Text(up.spec)
	if err != nil {
		return nil, badForm(err.Error())
	}
	up.name, _, err = posted.Check(posted.Name, compiled)
	return up, err
}

// receive makes something of the file of a form and leads there, or shows the form
// again with what is wrong.
func (v *visit) receive(create func(name, description string, spec []byte) (to string, err error), again func(uploadForm) (answer, error)) (answer, error) {
	form := uploadForm{Name: v.request.FormValue("name"), Description: v.request.FormValue("description")}
	up, err := v.upload()
	if err == nil {
		var to string
		if to, err = create(cmp.Or(form.Name, up.name), form.Description, up.spec); err == nil {
			return redirect{to}, nil
		}
	}
	if !isRefusal(err) {
		return nil, err
	}
	form.Problem = err.Error()
	return again(form)
}

func uploadPipeline(v *visit) (answer, error) {
	return v.receive(func(name, description string, spec []byte) (string, error) {
		p, err := v.view.CreatePipeline(v,
			registry.Pipeline{Namespace: v.namespace, Name: name, DisplayName: name, Description: description},
			registry.Version{Name: name, DisplayName: name, Spec: spec})
		if err != nil {
			return "", err
		}
		return link(nil, "pipelines", p.ID), nil
	}, v.pipelines)
}

// pipelineContent is a pipeline with its versions.
type pipelineContent struct {
	*registry.Pipeline
	Versions []*registry.Version
	Upload   uploadForm
}

func showPipeline(v *visit) (answer, error) { return v.pipeline(uploadForm{}) }

func (v *visit) pipeline(form uploadForm) (answer, error) {
	view, err := v.also("pipelines", "get")
	if err != nil {
		return nil, err
	}
	p, err := view.Pipeline(v, v.request.PathValue("pipeline"))
	if err != nil {
		return nil, err
	}
	v.namespace = p.Namespace
	versions, err := v.versions(view, p.ID)
	if err != nil {
		return nil, err
	}
	form.Action, form.Noun = link(nil, "pipelines", p.ID), "version"
	answer := page{Look: "pipeline", Title: p.DisplayName, Section: "pipelines", Content: pipelineContent{p, versions, form}}
	if form.Problem != "" {
		answer.Status = http.StatusBadRequest
	}
	return answer, nil
}

// versions are those of a pipeline, the newest first.
func (v *visit) versions(view *registry.View, pipeline string) ([]*registry.Version, error) {
	all, err := view.Versions(v, pipeline)
	slices.SortFunc(all, func(a, b *registry.Version) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(b.ID, a.ID))
	})
	return all, err
}

func uploadVersion(v *visit) (answer, error) {
	return v.receive(func(name, description string, spec []byte) (string, error) {
		created, err := v.view.CreateVersion(v, registry.Version{
			PipelineID: v.request.PathValue("pipeline"), Name: name, DisplayName: name, Description: description, Spec: spec,
		})
		if err != nil {
			return "", err
		}
		return link(nil, "pipelines", created.PipelineID, "versions", created.ID), nil
	}, v.pipeline)
}

// versionContent is a version of a pipeline.
type versionContent struct {
	Pipeline *registry.Pipeline
	*registry.Version
	Address string
	Picture picture
	Inputs  []field
	Runs    []runRow
	All     string // the address of all runs of the version
	Before  *registry.Version
	Changes template.HTML
	Text    string
}

func showVersion(v *visit) (answer, error) {
	p, version, err := v.openVersion()
	if err != nil {
		return nil, err
	}
	c := versionContent{Pipeline: p, Version: version, Address: link(nil, "pipelines", p.ID, "versions", version.ID)}
	if model := posted.Model(version.Spec); model != nil {
		c.Picture = v.pictureOf(model)
		c.Inputs, _ = fieldsOf(model, nil)
	} else {
		c.Picture = picture{Missing: "There is no picture: this version of kfp2argo cannot read the compiled pipeline."}
	}
	if text, err := posted.Text(version.Spec); err == nil {
		c.Text = cut(string(text))
	}
	if err := c.runs(v); err != nil {
		return nil, err
	}
	if err := c.before(v); err != nil {
		return nil, err
	}
	return page{Look: "version", Title: version.DisplayName + " · " + p.DisplayName, Section: "pipelines", Content: c}, nil
}

func (v *visit) openVersion() (*registry.Pipeline, *registry.Version, error) {
	view, err := v.also("pipelines", "get")
	if err != nil {
		return nil, nil, err
	}
	p, err := view.Pipeline(v, v.request.PathValue("pipeline"))
	if err != nil {
		return nil, nil, err
	}
	v.namespace = p.Namespace
	version, err := view.Version(v, registry.VersionRef{PipelineID: p.ID, VersionID: v.request.PathValue("version")})
	return p, version, err
}

// mostRuns is how many runs of a version its page shows.
const mostRuns = 10

// runs adds the last runs of the version, as far as the visitor may see runs.
func (c *versionContent) runs(v *visit) error {
	c.All = filter{Namespace: c.Namespace, Version: c.ID, Sort: "-started"}.address()
	view, err := v.also("runs", "list")
	if err != nil {
		return nil //nolint:nilerr // who may not see runs sees the pipeline
	}
	all, err := view.Runs(v, c.Namespace)
	if err != nil {
		return err
	}
	l := runList{visit: v, filter: filter{Version: c.ID, Sort: "-started"}}
	var taken []*registry.Run
	for _, r := range all {
		if l.filter.takes(r) {
			taken = append(taken, r)
		}
	}
	l.sort(taken)
	for _, r := range taken[:min(len(taken), mostRuns)] {
		c.Runs = append(c.Runs, l.row(r, nil))
	}
	return nil
}

// before adds what changed since the version before.
func (c *versionContent) before(v *visit) error {
	view, err := v.also("pipelines", "get")
	if err != nil {
		return err
	}
	all, err := v.versions(view, c.PipelineID)
	if err != nil {
		return err
	}
	for i, version := range all {
		if version.ID == c.ID && i+1 < len(all) {
			c.Before = all[i+1]
			c.Changes = changes(c.Before.Spec, c.Spec)
		}
	}
	return nil
}

// changes says how two compiled pipelines differ, or nothing where one of them
// cannot be read.
func changes(before, after []byte) template.HTML {
	old, now := traced(before), traced(after)
	if old == nil || now == nil {
		return ""
	}
	var text bytes.Buffer
	if err := compare.Pipelines(old, now).Text(&text, true); err != nil {
		panic("pages: writing to memory: " + err.Error())
	}
	var c logContent
	c.show(text.Bytes())
	return c.Lines
}

func traced(spec []byte) *translate.Translation {
	if len(spec) == 0 || len(spec) > mostDrawn {
		return nil
	}
	text, err := posted.Text(spec)
	if err != nil {
		return nil
	}
	t, _, err := translate.Trace(diag.Source{Name: posted.Name, Text: text}, translate.Options{MaxSize: -1})
	if err != nil {
		return nil
	}
	return t
}

// showStart is the form that runs a version, or schedules it.
func showStart(schedule bool) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		c, _, err := v.startVersion(schedule)
		if err != nil {
			return nil, err
		}
		return page{Look: "start", Title: c.Heading, Section: "pipelines", Content: c}, nil
	}
}

func (v *visit) startVersion(schedule bool) (*startContent, *registry.Version, error) {
	p, version, err := v.openVersion()
	if err != nil {
		return nil, nil, err
	}
	model := posted.Model(version.Spec)
	if model == nil {
		return nil, nil, badForm("this version of kfp2argo cannot read the compiled pipeline")
	}
	address := link(nil, "pipelines", p.ID, "versions", version.ID)
	c := &startContent{
		Heading: "Run " + version.DisplayName, Action: address + "/run", Back: address,
		Name: p.DisplayName + " " + v.now.UTC().Format("2006-01-02 15:04"), Experiments: v.experiments(),
		Experiment: registry.DefaultExperimentID(p.Namespace), Schedule: schedule,
	}
	if schedule {
		c.Heading, c.Action, c.Name, c.Cron = "Schedule "+version.DisplayName, address+"/schedule", p.DisplayName, "0 0 3 * * *"
	}
	c.Fields, c.Unsupported = fieldsOf(model, nil)
	return c, version, nil
}

func runVersion(v *visit) (answer, error) {
	c, version, err := v.startVersion(false)
	if err != nil {
		return nil, err
	}
	return v.start(c, source{version.Spec, registry.VersionRef{PipelineID: version.PipelineID, VersionID: version.ID}})
}
