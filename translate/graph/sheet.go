package graph

import (
	"image/color"
	"slices"
	"strconv"
	"strings"
)

// sheet is the style sheet of pictures as a writer reads it that is no browser: what
// [Style] says for light, in the order in which rules count.
type sheet []rule

// rule holds for an element of some name, or with all of some classes.
type rule struct {
	element string
	classes []string
	values  map[string]string
}

// readSheet reads a style sheet of the form that ours has.
func readSheet(text string) sheet {
	light, _, _ := strings.Cut(text, "@media")
	var all sheet
	for _, block := range strings.Split(light, "}") {
		selectors, body, ok := strings.Cut(strings.TrimSpace(block), "{")
		if !ok {
			continue
		}
		values := map[string]string{}
		for _, declaration := range strings.Split(body, ";") {
			name, value, _ := strings.Cut(declaration, ":")
			values[name] = value
		}
		for _, selector := range strings.Split(selectors, ",") {
			parts := strings.Split(selector, ".")
			all = append(all, rule{parts[0], parts[1:], values})
		}
	}
	slices.SortStableFunc(all, func(a, b rule) int { return len(a.classes) - len(b.classes) })
	return all
}

// of returns what holds for an element with some classes.
func (s sheet) of(element, class string) look {
	classes := strings.Fields(class)
	found := look{}
	for _, r := range s {
		other := func(c string) bool { return !slices.Contains(classes, c) }
		if r.element != "" && r.element != element || slices.ContainsFunc(r.classes, other) {
			continue
		}
		for name, value := range r.values {
			found[name] = value
		}
	}
	return found
}

// look is how something looks: properties and their values.
type look map[string]string

// color is the colour of a property, or none at all. It panics at what our style
// sheet does not have.
func (l look) color(property string) color.NRGBA {
	text := l[property]
	if text == "" || text == "none" || text == "transparent" {
		return color.NRGBA{}
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != 7 {
		panic("graph: the style sheet has the colour " + text)
	}
	c := color.NRGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 255}
	if opacity, ok := l[property+"-opacity"]; ok {
		c.A = uint8(255 * number(opacity))
	}
	return c
}

// number is a length, or the default of a line's width, 1.
func number(text string) float64 {
	if text == "" {
		return 1
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "px"), 64)
	if err != nil {
		panic("graph: the style sheet has the number " + text)
	}
	return n
}

func (l look) dashes() []float64 {
	var all []float64
	for _, text := range strings.Fields(l["stroke-dasharray"]) {
		all = append(all, number(text))
	}
	return all
}
