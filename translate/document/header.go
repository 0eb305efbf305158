package document

import (
	"bytes"
	"regexp"
	"slices"
)

// headerStart begins the comment that KFP's compiler puts above a pipeline.
var headerStart = []byte("# PIPELINE DEFINITION")

// topLevelKey matches a line that begins the pipeline itself.
var topLevelKey = regexp.MustCompile(
	`^(components|defaultPipelineRoot|deploymentSpec|pipelineInfo|platforms|root|schemaVersion|sdkVersion):|^---`)

// commentHeader makes a comment of every line of the compiler's header. The
// compiler writes default values into it as they are, so that a value of
// several lines breaks out of the comment, and the file is not YAML as it
// stands. Every character keeps its place.
func commentHeader(text []byte) []byte {
	if !bytes.HasPrefix(text, headerStart) {
		return text
	}
	commented := slices.Clone(text)
	for at := 0; at < len(text); {
		end := len(text)
		if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		line := text[at:end]
		if topLevelKey.Match(line) {
			return commented
		}
		if line[0] != '#' && line[0] != '\n' && line[0] != '\r' {
			commented[at] = '#'
			for i := at + 1; i < end && text[i] >= 0x80 && text[i] < 0xc0; i++ {
				commented[i] = '#' // the rest of a character that was longer than a byte
			}
		}
		at = end
	}
	return text // nothing but a header: let the parser say what it finds
}
