package pages

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// preview is what of an artifact a page shows.
type preview struct {
	Missing string
	// Curve, Matrix and Metrics are from the metadata.
	Curve   *curve
	Matrix  *matrix
	Metrics []fact
	// One of these is from the bytes.
	Table    *table
	Markdown template.HTML
	Text     string
	HTML     bool
	Image    bool
	// Cut says that there is more; Size is that of all of it.
	Cut  bool
	Size string
}

// table is the head of one.
type table struct {
	Head []string
	Rows [][]string
}

// What a page shows of an artifact.
const (
	maxText    = 64 << 10
	maxRows    = 100
	maxColumns = 40
	maxCell    = 200
)

// metadata shows what the metadata of an artifact has.
func (p *preview) metadata(a contract.RuntimeArtifact) {
	switch a.Type.SchemaTitle {
	case "system.Metrics":
		for _, name := range slices.Sorted(maps.Keys(a.Metadata)) {
			p.Metrics = append(p.Metrics, fact{name, shorten(maxCell, parameterText(a.Metadata[name]))})
		}
	case "system.ClassificationMetrics", "system.SlicedClassificationMetrics":
		p.Curve = curveOf(a.Metadata["confidenceMetrics"])
		p.Matrix = matrixOf(a.Metadata["confusionMatrix"])
	}
}

// bytes shows what the bytes of an artifact are, by its type and by what they look
// like.
func (p *preview) bytes(a contract.RuntimeArtifact, text []byte) {
	p.Size = sizeText(int64(len(text)))
	switch a.Type.SchemaTitle {
	case "system.HTML":
		p.HTML = true
		return
	case "system.Markdown":
		p.Markdown = markdown(head(text, 1<<20))
		return
	}
	if imageType(text[:min(len(text), 512)]) != "" {
		p.Image = true
		return
	}
	if isParquet(text) {
		p.Missing = "This is a table in a Parquet file, which has no preview. Download it, and read it with pandas.read_parquet or DuckDB."
		return
	}
	start := head(text, maxText)
	p.Cut = len(start) < len(text)
	if !utf8.Valid(start) || bytes.IndexByte(start, 0) >= 0 {
		if len(text) > 0 {
			p.Missing = "These bytes are no text, and no image: there is no preview."
		}
		return
	}
	if p.Table = tableOf(start, p.Cut); p.Table == nil {
		p.Text = string(start)
		if !p.Cut && json.Valid(start) {
			p.Text = pretty(start)
		}
	}
}

// isParquet reports whether bytes are a file of Parquet, with or without encryption.
func isParquet(text []byte) bool {
	for _, magic := range [][]byte{[]byte("PAR1"), []byte("PARE")} {
		if len(text) > 2*len(magic) && bytes.HasPrefix(text, magic) && bytes.HasSuffix(text, magic) {
			return true
		}
	}
	return false
}

// head is the beginning of a text, at most so many bytes, with whole characters.
func head(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	text = text[:most]
	for len(text) > 0 && !utf8.Valid(text[max(0, len(text)-utf8.UTFMax):]) {
		if r, size := utf8.DecodeLastRune(text); r != utf8.RuneError || size > 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}

// markdown makes HTML of Markdown. Goldmark leaves out HTML that is in it, and
// addresses that run something.
func markdown(text []byte) template.HTML {
	var out bytes.Buffer
	err := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList)).Convert(text, &out)
	if err != nil {
		panic("pages: writing to memory: " + err.Error())
	}
	return template.HTML(out.String()) //nolint:gosec // goldmark escapes all text, and lets no HTML through
}

// tableOf reads the first rows of a table: objects in JSON, one a line, or texts
// between commas or tabs. It is nil for what is none.
func tableOf(text []byte, cut bool) *table {
	if cut {
		if end := bytes.LastIndexByte(text, '\n'); end > 0 {
			text = text[:end+1]
		}
	}
	if t := linesOfJSON(text); t != nil {
		return t
	}
	for _, comma := range []rune{',', '\t'} {
		if t := separated(text, comma); t != nil {
			return t
		}
	}
	return nil
}

func linesOfJSON(text []byte) *table {
	t := &table{}
	var rows []map[string]json.RawMessage
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		var row map[string]json.RawMessage
		if json.Unmarshal(line, &row) != nil || row == nil {
			return nil
		}
		if len(rows) < maxRows {
			rows = append(rows, row)
		}
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if !slices.Contains(t.Head, name) && len(t.Head) < maxColumns {
				t.Head = append(t.Head, name)
			}
		}
	}
	if len(rows) < 2 {
		return nil // one object is shown as what it is
	}
	for _, row := range rows {
		var cells []string
		for _, name := range t.Head {
			cells = append(cells, shorten(maxCell, parameterText(row[name])))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func separated(text []byte, comma rune) *table {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.ReuseRecord = comma, true, false
	t := &table{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil // not of one width: no table
		}
		for i, text := range row {
			row[i] = shorten(maxCell, text)
		}
		row = row[:min(len(row), maxColumns)]
		if t.Head == nil {
			t.Head = row
			continue
		}
		if len(t.Rows) < maxRows {
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Head) < 2 || len(t.Rows) == 0 {
		return nil
	}
	return t
}

// pretty is JSON with a field a line, or a text as one types it.
func pretty(value json.RawMessage) string {
	trimmed := bytes.TrimSpace(value)
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' {
		return parameterText(value)
	}
	var out bytes.Buffer
	if json.Indent(&out, trimmed, "", "  ") != nil || strings.Count(out.String(), "\n") <= 4 {
		return string(trimmed)
	}
	return out.String()
}
