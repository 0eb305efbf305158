package plan

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// side holds the Argo names of one side of a component, its inputs or its
// outputs. Parameters and artifacts share Argo's parameters there.
type side struct {
	parameters, artifacts map[string]string
}

// innerSide names the side of a component that no person names: without the
// prefix of KFP's compiler, where no other has the rest for a name.
func innerSide(parameters, artifacts []string) side {
	taken := naming.Names{} // by a name of its own, or by a plain one
	for _, name := range append(slices.Clone(parameters), artifacts...) {
		taken[naming.Parameter(name)] = true
	}
	plain := map[string]string{} // the names that may be given
	for _, name := range append(slices.Clone(parameters), artifacts...) {
		plain[name] = name
		if rest := pipeline.PlainName(name); !taken[naming.Parameter(rest)] {
			plain[name] = rest
			taken[naming.Parameter(rest)] = true
		}
	}
	return namedSide(parameters, artifacts, naming.Names{}, func(name string) string { return plain[name] })
}

// undeclared is the name of an input that the component does not declare.
func (s side) undeclared(input string) string {
	rest := naming.Parameter(pipeline.PlainName(input))
	for _, all := range []map[string]string{s.parameters, s.artifacts} {
		for _, name := range all {
			if name == rest {
				return naming.Parameter(input)
			}
		}
	}
	return rest
}

// newSide names parameters first, so that an artifact of the same name gives
// way. Reserved names are not given to any.
func newSide(parameters, artifacts []string, reserved ...string) side {
	taken := naming.Names{}
	for _, name := range reserved {
		taken[name] = true
	}
	return namedSide(parameters, artifacts, taken, func(name string) string { return name })
}

func namedSide(parameters, artifacts []string, taken naming.Names, plain func(string) string) side {
	s := side{map[string]string{}, map[string]string{}}
	for _, p := range parameters {
		s.parameters[p] = taken.Unique(naming.Parameter(plain(p)))
	}
	for _, a := range artifacts {
		s.artifacts[a] = taken.Unique(naming.Parameter(plain(a)))
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
