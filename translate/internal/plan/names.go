package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// maxName bounds template and task names: Argo makes pod names and node names
// of them.
const maxName = 60

// names hands out names that are unique among those it has handed out.
type names map[string]bool

// unique returns the name, or the name with the first free number behind it.
func (n names) unique(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	n[free] = true
	return free
}

// TemplateName makes a name of Argo's from any text: lower case letters,
// digits and dashes, a letter first, and none of the words that Argo's
// `depends` reads as an operator.
//
//	Train_Model.v2 → train-model-v2     2fast → t-2fast     not → t-not
func TemplateName(text string) string {
	name := strings.Trim(strings.Map(templateRune, strings.ToLower(text)), "-")
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "-")
	}
	if name == "" || name[0] < 'a' || slices.Contains(operators(), name) {
		name = strings.TrimRight("t-"+name, "-")
	}
	return name
}

func templateRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// operators lists the words of expr-lang that cannot name a task.
func operators() []string {
	return []string{
		"in", "not", "and", "or", "let", "true", "false", "nil", "if", "else", "matches", "contains",
		"startswith", "endswith",
	}
}

// parameterName makes the name of an Argo parameter from that of a KFP input
// or output: letters, digits, dashes and underscores.
func parameterName(text string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, text)
	if name == "" {
		return "p"
	}
	return name
}

// side holds the Argo names of one side of a component, its inputs or its
// outputs. Parameters and artifacts share Argo's parameters there.
type side struct {
	parameters, artifacts map[string]string
}

// innerSide names the side of a component that no person names: without the
// prefix of KFP's compiler, where no other has the rest for a name.
func innerSide(parameters, artifacts []string) side {
	taken := names{} // by a name of its own, or by a plain one
	for _, name := range append(slices.Clone(parameters), artifacts...) {
		taken[parameterName(name)] = true
	}
	plain := map[string]string{} // the names that may be given
	for _, name := range append(slices.Clone(parameters), artifacts...) {
		plain[name] = name
		if rest := pipeline.PlainName(name); !taken[parameterName(rest)] {
			plain[name] = rest
			taken[parameterName(rest)] = true
		}
	}
	return namedSide(parameters, artifacts, names{}, func(name string) string { return plain[name] })
}

// undeclared is the name of an input that the component does not declare.
func (s side) undeclared(input string) string {
	rest := parameterName(pipeline.PlainName(input))
	for _, all := range []map[string]string{s.parameters, s.artifacts} {
		for _, name := range all {
			if name == rest {
				return parameterName(input)
			}
		}
	}
	return rest
}

// newSide names parameters first, so that an artifact of the same name gives
// way. Reserved names are not given to any.
func newSide(parameters, artifacts []string, reserved ...string) side {
	taken := names{}
	for _, name := range reserved {
		taken[name] = true
	}
	return namedSide(parameters, artifacts, taken, func(name string) string { return name })
}

func namedSide(parameters, artifacts []string, taken names, plain func(string) string) side {
	s := side{map[string]string{}, map[string]string{}}
	for _, p := range parameters {
		s.parameters[p] = taken.unique(parameterName(plain(p)))
	}
	for _, a := range artifacts {
		s.artifacts[a] = taken.unique(parameterName(plain(a)))
	}
	return s
}

// of returns the Argo name of a parameter or an artifact.
func (s side) of(name string, artifact bool) string {
	if artifact {
		return s.artifacts[name]
	}
	return s.parameters[name]
}

// differing returns the Argo name where it is not the KFP name.
func differing(kfp, argo string) string {
	if kfp == argo {
		return ""
	}
	return argo
}
