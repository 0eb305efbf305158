package condition

import (
	"regexp"
	"strings"
)

// The KFP SDK writes a condition as terms joined by &&, each a comparison with
// a reference on its left, some of them negated. It does not escape strings.
// These patterns find its parts in a text that is no CEL because of that.
//
//	sdkReference   inputs.parameter_values['name'], maybe as a number
//	sdkHead        the start of a term, up to its right side
//	sdkQuoted      a reference that was taken for a string, and so put in quotes
const (
	sdkReference = `(?:double\()?(?:int\()?inputs\.parameter_values\['([^']+)'\]\)*`
	sdkHead      = `(?:^| && )(!\()?` + sdkReference + ` (?:==|!=|<=|>=|<|>) `
	sdkQuoted    = `'` + sdkReference + `'`
)

// open parses a text. Where it is not CEL but for the SDK's lack of escapes, it
// parses what the SDK meant and reports a warning; where it cannot parse it at
// all, it reports why and returns a source without a tree.
func open(text string, r *report) source {
	s, errs := parse(text)
	r.source = s
	if s.tree != nil && !strings.Contains(text, `\`) {
		return s
	}
	if s.tree == nil {
		if at := regexp.MustCompile(sdkQuoted).FindStringSubmatchIndex(text); at != nil {
			r.quotedReference(span{at[0], at[1]}, text[at[2]:at[3]])
			return s
		}
	}
	if fixed, literals := repair(text, s.tree != nil); fixed.tree != nil {
		for _, l := range literals {
			if s.tree == nil {
				r.unescapedText(l, inner(text, l))
			} else {
				r.unescapedBackslash(l, inner(text, l))
			}
		}
		r.source = fixed
		return fixed
	}
	for _, e := range errs {
		r.notCEL(e)
	}
	return s
}

// inner is the text of a literal without its quotes.
func inner(text string, literal span) string { return text[literal.start+1 : literal.end-1] }

// repair escapes the literals of a text as the SDK writes it, and lists those
// that needed it. It returns a source without a tree if the text is not of
// that form, or if there is nothing to repair.
func repair(text string, isCEL bool) (source, []span) {
	literals, ok := sdkLiterals(text)
	if !ok {
		return source{}, nil
	}
	var b strings.Builder
	var patches []patch
	var broken []span
	end := 0
	for _, l := range literals {
		raw := inner(text, l)
		if !needsEscape(raw, isCEL) {
			continue
		}
		b.WriteString(text[end:l.start])
		start := b.Len()
		b.WriteString("'" + celEscapes().Replace(raw) + "'")
		end = l.end
		patches = append(patches, patch{repaired: span{start, b.Len()}, given: l})
		broken = append(broken, l)
	}
	if len(broken) == 0 {
		return source{}, nil
	}
	b.WriteString(text[end:])
	s, _ := parse(b.String())
	s.patches = patches
	return s, broken
}

// needsEscape reports whether a string would not be read as it is written. In a
// text that is CEL, an escaped quote or a double backslash shows that its
// author knew and has escaped it by hand.
func needsEscape(raw string, isCEL bool) bool {
	if isCEL {
		return strings.Contains(raw, `\`) && !strings.Contains(raw, `'`) && !strings.Contains(raw, `\\`)
	}
	return strings.ContainsAny(raw, "'\\\n\r")
}

func celEscapes() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)
}

// sdkLiterals returns the places of the string literals, with their quotes, in
// a text as the SDK writes it. A term starts wherever one can start.
func sdkLiterals(text string) ([]span, bool) {
	heads := regexp.MustCompile(sdkHead).FindAllStringSubmatchIndex(text, -1)
	if len(heads) == 0 || heads[0][0] != 0 {
		return nil, false
	}
	var literals []span
	for i, head := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		if negated := head[2] >= 0; negated {
			if !strings.HasSuffix(text[:end], ")") {
				return nil, false
			}
			end--
		}
		side := text[head[1]:max(end, head[1])]
		if len(side) >= 2 && strings.HasPrefix(side, "'") && strings.HasSuffix(side, "'") {
			literals = append(literals, span{head[1], end})
		}
	}
	return literals, true
}
