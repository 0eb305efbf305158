package bench

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Weight is what one module brings into a program: the code and the constants
// whose names are its own.
type Weight struct {
	Module string
	Bytes  int64
}

// Weights adds up the symbols of a program by the module that they are of, the
// heaviest first. Symbols is what `go tool nm -size` prints, build what `go version
// -m` does. The standard library, the program's own module, and tables that are made
// for all code at once are left out.
func Weights(symbols, build string) []Weight {
	var modules []string
	for line := range strings.Lines(build) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "dep" {
			modules = append(modules, fields[1])
		}
	}
	sums := map[string]int64{}
	for line := range strings.Lines(symbols) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.Contains("tTrRdD", fields[2]) {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if module := moduleOf(strings.Join(fields[3:], " "), modules); err == nil && module != "" {
			sums[module] += size
		}
	}
	var all []Weight
	for module, size := range sums {
		all = append(all, Weight{module, size})
	}
	slices.SortFunc(all, func(a, b Weight) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Module, b.Module)) })
	return all
}

// moduleOf returns the module that the name of a symbol is of: the first that the
// name has, and of several there the longest.
func moduleOf(symbol string, modules []string) string {
	symbol = strings.ReplaceAll(symbol, "%2e", ".")
	first, found := len(symbol), ""
	for _, module := range modules {
		at := strings.Index(symbol, module)
		if at >= 0 && (at < first || at == first && len(module) > len(found)) {
			first, found = at, module
		}
	}
	return found
}
