package document

import (
	"bytes"
	"regexp"
	"slices"
)

// headerStart begins the comment that KFP's compiler puts above a pipeline.
const headerStart = "# PIPELINE DEFINITION"

// topLevelKey matches a line that begins the pipeline itself.
var topLevelKey = regexp.MustCompile(
	`(?m)^(components|defaultPipelineRoot|deploymentSpec|pipelineInfo|platforms|root|schemaVersion|sdkVersion):|^---`)

// openDefault matches the line of an input in the header whose default value
// goes on behind the line's end, lastClose the header up to the end of the
// last such value.
var (
	openDefault = regexp.MustCompile(`(?m)^#.*\[Default: .*[^\]\r\n]\r?\n`)
	lastClose   = regexp.MustCompile(`(?s)^.*\]\r?\n`)
)

// commentHeader makes a comment of the lines by which the compiler's header
// breaks out of being one. The compiler writes default values into it as they
// are, so that with a value of several lines the file is not YAML as it
// stands:
//
//	#    prompt: str [Default: 'Say
//	hello.']
//
// Every character keeps its place.
func commentHeader(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte(headerStart)) {
		return text
	}
	header := text
	if end := topLevelKey.FindIndex(text); end != nil {
		header = text[:end[0]]
	}
	open := openDefault.FindIndex(header)
	if open == nil {
		return text
	}
	values := lastClose.FindIndex(header[open[1]:])
	if values == nil {
		return text
	}
	commented := slices.Clone(text)
	for line := range bytes.Lines(commented[open[1] : open[1]+values[1]]) {
		commentLine(line)
	}
	return commented
}

// commentLine makes a comment of a line, in place, unless it is one or empty.
func commentLine(line []byte) {
	if line[0] == '\n' || line[0] == '\r' {
		return
	}
	line[0] = '#'
	for i := 1; i < len(line) && line[i]&0xc0 == 0x80; i++ {
		line[i] = '#' // the rest of a character that was longer than a byte
	}
}
