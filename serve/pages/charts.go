package pages

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// curve is an ROC curve.
type curve struct {
	// Points are the way of the line in the square of the chart.
	Points string
	// Rows are the points as numbers, for those who do not see the line.
	Rows [][3]string
	Area string
}

// The square of the chart, in its own units, and where it begins.
const (
	chartSide = 320
	chartLeft = 44
	chartTop  = 12
)

// curveOf reads the confidence metrics that KFP's log_roc_curve writes. It is nil
// where there are none that make a curve.
func curveOf(raw json.RawMessage) *curve {
	var points []struct {
		Threshold json.RawMessage `json:"confidenceThreshold"`
		False     *float64        `json:"falsePositiveRate"`
		Recall    *float64        `json:"recall"`
	}
	if json.Unmarshal(raw, &points) != nil {
		return nil
	}
	c := &curve{}
	var way []string
	var xs, ys []float64
	for _, p := range points {
		if p.False == nil || p.Recall == nil || !rate(*p.False) || !rate(*p.Recall) {
			continue
		}
		way = append(way, fmt.Sprintf("%.1f,%.1f", chartLeft+*p.False*chartSide, chartTop+(1-*p.Recall)*chartSide))
		xs, ys = append(xs, *p.False), append(ys, *p.Recall)
		if len(c.Rows) < maxRows {
			c.Rows = append(c.Rows, [3]string{shorten(40, parameterText(p.Threshold)), numberText(*p.False), numberText(*p.Recall)})
		}
	}
	if len(way) < 2 {
		return nil
	}
	c.Points, c.Area = strings.Join(way, " "), numberText(math.Abs(area(xs, ys)))
	return c
}

// rate reports whether a number is one between zero and one.
func rate(f float64) bool { return f >= 0 && f <= 1 }

// area is that below a line of points.
func area(xs, ys []float64) float64 {
	sum := 0.0
	for i := 1; i < len(xs); i++ {
		sum += (xs[i] - xs[i-1]) * (ys[i] + ys[i-1]) / 2
	}
	return sum
}

// matrix is a confusion matrix.
type matrix struct {
	Labels []string
	Rows   []matrixRow
}

type matrixRow struct {
	Label string
	Cells []matrixCell
}

// matrixCell is a number, and how dark it is: zero to four.
type matrixCell struct {
	Text  string
	Shade int
}

// mostClasses is how many classes a matrix shows.
const mostClasses = 50

// matrixOf reads what KFP's log_confusion_matrix writes, or returns nil.
func matrixOf(raw json.RawMessage) *matrix {
	var m struct {
		Specs []struct {
			Name string `json:"displayName"`
		} `json:"annotationSpecs"`
		Rows []struct {
			Row []float64 `json:"row"`
		} `json:"rows"`
	}
	if json.Unmarshal(raw, &m) != nil || len(m.Rows) == 0 || len(m.Rows) > mostClasses || len(m.Specs) != len(m.Rows) {
		return nil
	}
	most := 0.0
	for _, r := range m.Rows {
		if len(r.Row) != len(m.Specs) {
			return nil
		}
		for _, n := range r.Row {
			most = max(most, n)
		}
	}
	out := &matrix{}
	for i, r := range m.Rows {
		row := matrixRow{Label: m.Specs[i].Name}
		out.Labels = append(out.Labels, m.Specs[i].Name)
		for _, n := range r.Row {
			shade := 0
			if most > 0 && n > 0 {
				shade = min(4, int(math.Ceil(n/most*4)))
			}
			row.Cells = append(row.Cells, matrixCell{numberText(n), shade})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
