package explain

import (
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/internal/references"
)

// TagKind says how firmly the name of an image refers to one image.
type TagKind string

// The kinds of tags, the firmest first.
const (
	Digest   TagKind = "digest"
	Tag      TagKind = "tag"
	Latest   TagKind = "latest"
	Untagged TagKind = "none"
	Open     TagKind = "decided by the run"
)

// Image is an image that pods run.
type Image struct {
	Name string  `json:"name"`
	Tag  TagKind `json:"tag"`
	// Templates are those whose pods run it; none says that all of them do, for
	// the image of kfp2argo itself.
	Templates []string `json:"templates,omitempty"`
}

// tagOf says what kind of tag the name of an image has.
func tagOf(image string) TagKind {
	if strings.Contains(image, "{{") {
		return Open
	}
	if strings.Contains(image, "@") {
		return Digest
	}
	_, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	switch {
	case !tagged:
		return Untagged
	case tag == "latest":
		return Latest
	}
	return Tag
}

// images lists the images of the Workflow, by name.
func (e explainer) images() []Image {
	users := map[string][]string{}
	use := func(image, template string) {
		if tagOf(image) == Open {
			image = string(Open)
		}
		if template != "" && !slices.Contains(users[image], template) {
			users[image] = append(users[image], template)
		} else if users[image] == nil {
			users[image] = []string{}
		}
	}
	if defaults := e.Workflow.Spec.TemplateDefaults; defaults != nil {
		for _, c := range defaults.InitContainers {
			use(c.Image, "")
		}
	}
	for i := range e.Workflow.Spec.Templates {
		t := &e.Workflow.Spec.Templates[i]
		for _, c := range references.Containers(t) {
			use(c.Image, t.Name)
		}
	}
	var all []Image
	for _, name := range sortedKeys(users) {
		tag := tagOf(name)
		if name == string(Open) {
			tag = Open
		}
		all = append(all, Image{Name: name, Tag: tag, Templates: users[name]})
	}
	return all
}

// mutable reports whether what a kind of tag names may change.
func (t TagKind) mutable() bool { return t == Latest || t == Untagged }
