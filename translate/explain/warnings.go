package explain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// warnings lists what the translation warned of and what else may not be meant,
// in the order of places.
func (e explainer) warnings() []Warning {
	var report diag.Report
	for _, d := range e.options.Found {
		report.Add(d)
	}
	e.mutableImages(&report)
	e.installers(&report)
	all := []Warning{}
	for _, d := range report.Diagnostics() {
		all = append(all, Warning{d.Code, d.Source, d.Span.Line, d.Span.Column, d.Message, d.Hint})
	}
	return all
}

// programs lists the components that run a program, each once.
func (e explainer) programs() []*pipeline.Component {
	return slices.DeleteFunc(slices.Clone(e.Pipeline.Components), func(c *pipeline.Component) bool {
		_, ok := c.Body.(*pipeline.Container)
		return !ok
	})
}

// mutableImages warns of images whose tags may be moved, once for each.
func (e explainer) mutableImages(report *diag.Report) {
	places := map[string]diag.Span{}
	users := map[string][]string{}
	for _, c := range e.programs() {
		image := c.Body.(*pipeline.Container).Spec.Image
		if !tagOf(image.Value).mutable() {
			continue
		}
		if _, known := places[image.Value]; !known {
			places[image.Value] = image.Span
		}
		users[image.Value] = append(users[image.Value], name(c))
	}
	for _, image := range sortedKeys(places) {
		tag := "no tag, which means latest"
		if tagOf(image) == Latest {
			tag = "the tag latest"
		}
		report.Warnf(diag.MutableImage, places[image], "image %q has %s: it may be another one in the next run (%s)", image, tag, few(users[image])).
			Hintf("name a version or a digest; the cache uses only the name")
	}
}

// installers warns of programs that install packages, once for all.
func (e explainer) installers(report *diag.Report) {
	var place diag.Span
	var users []string
	for _, c := range e.programs() {
		spec := c.Body.(*pipeline.Container).Spec
		i := slices.IndexFunc(slices.Concat(spec.Command, spec.Args), installs)
		if i < 0 {
			continue
		}
		if users == nil {
			place = slices.Concat(spec.Command, spec.Args)[i].Span
		}
		users = append(users, name(c))
	}
	if users == nil {
		return
	}
	what := fmt.Sprintf("%d components install packages when they start: ", len(users))
	if len(users) == 1 {
		what = "a component installs packages when it starts: "
	}
	report.Warnf(diag.InstallsPackages, place, "%s%s", what, few(users)).
		Hintf("build an image that has them: pods start faster, and without the network")
}

// installer matches what installs Python packages on a command line.
var installer = regexp.MustCompile(`\bpip3? install\b`)

func installs(text document.Text) bool { return installer.MatchString(text.Value) }

// name is what a component is called, without the prefix of KFP's compiler.
func name(c *pipeline.Component) string { return c.Name() }

// few names the first few of many.
func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
