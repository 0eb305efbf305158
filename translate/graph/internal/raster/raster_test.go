package raster_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/raster"
)

var black = color.NRGBA{A: 255}

// dark counts the dark pixels in a part of a picture.
func dark(t *testing.T, p *raster.Picture, part image.Rectangle) int {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, p.Encode(&text))
	decoded, err := png.Decode(&text)
	require.NoError(t, err)
	count := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if _, _, _, alpha := decoded.At(x, y).RGBA(); alpha > 0x7fff {
				count++
			}
		}
	}
	return count
}

func TestFill(t *testing.T) {
	p := raster.New(20, 10, 2)
	p.Fill(raster.RoundedRect(2, 2, 10, 5, 0), black)
	require.Equal(t, 20*10, dark(t, p, image.Rect(0, 0, 40, 20)))
	require.Equal(t, 20*10, dark(t, p, image.Rect(4, 4, 24, 14)))

	p = raster.New(20, 20, 1)
	p.Fill(raster.RoundedRect(-5, -5, 40, 40, 3), black)
	require.Equal(t, 400, dark(t, p, image.Rect(0, 0, 20, 20)), "what is outside of the picture is left out")
	p = raster.New(20, 20, 1)
	p.Fill(raster.RoundedRect(0, 0, 20, 20, 10), black)
	require.InDelta(t, 314, dark(t, p, image.Rect(0, 0, 20, 20)), 8, "a circle")
}

func TestStroke(t *testing.T) {
	p := raster.New(40, 40, 1)
	p.Stroke(raster.RoundedRect(10, 10, 20, 20, 0), black, 2, nil)
	require.Equal(t, 22*22-18*18, dark(t, p, image.Rect(0, 0, 40, 40)), "with corners, and nothing inside")

	p = raster.New(40, 10, 1)
	p.Stroke(raster.Parse("M0 5h40"), black, 2, []float64{4, 4})
	require.Equal(t, 40, dark(t, p, image.Rect(0, 0, 40, 10)), "half of it")
	require.Equal(t, 8, dark(t, p, image.Rect(0, 0, 4, 10)))
	require.Equal(t, 0, dark(t, p, image.Rect(4, 0, 8, 10)))

	p = raster.New(40, 40, 1)
	p.Stroke(raster.Parse("M5 5l0 10"), black, 2, []float64{3, 1})
	p.Stroke(raster.Parse("M20 5h10v10h-10z"), color.NRGBA{}, 2, nil)
	require.Equal(t, 16, dark(t, p, image.Rect(0, 0, 40, 40)), "3, 3 and 2 of 10, and nothing without a colour")
}

func TestParse(t *testing.T) {
	require.Equal(t, raster.Path{{Points: []raster.Point{{1, 2}, {4, 2}, {4, -1}, {6, -3}, {6, 9}}}}, raster.Parse("M1 2h3v-3l2 -2V9"))
	require.Equal(t, raster.Path{{Points: []raster.Point{{0, 0}, {2, 0}, {2, 2}}, Closed: true}}, raster.Parse("M0 0h2v2L0 0z"))
	for data, want := range map[string]raster.Point{
		"M0 0C0 5 10 5 10 10": {10, 10}, "M1 1q0 -7 7 -7": {8, -6}, "M0 6a10 6 0 0 0 20 0": {20, 6}, "M20 6a10 6 0 0 0 -20 0": {0, 6},
	} {
		points := raster.Parse(data)[0].Points
		require.Greater(t, len(points), 16, data)
		require.InDelta(t, want.X, points[len(points)-1].X, 1e-9, data)
		require.InDelta(t, want.Y, points[len(points)-1].Y, 1e-9, data)
	}
	require.InDelta(t, 12, raster.Parse("M0 6a10 6 0 0 0 20 0")[0].Points[16].Y, 1e-9, "to the right it goes below")
	require.InDelta(t, 0, raster.Parse("M20 6a10 6 0 0 0 -20 0")[0].Points[16].Y, 1e-9, "to the left above")
	for _, data := range []string{"M0 0t1 1", "M0", "M0 0a10 6 0 1 1 20 5", "M0 0hx"} {
		require.Panics(t, func() { raster.Parse(data) }, data)
	}
}

// TestWrite keeps texts in their room, and boxes in the place of what the font lacks.
func TestWrite(t *testing.T) {
	write := func(text raster.Text) *raster.Picture {
		p := raster.New(100, 20, 1)
		text.At.Y, text.Size, text.Color = 15, 13, black
		p.Write(text)
		return p
	}
	whole := image.Rect(0, 0, 100, 20)
	p := write(raster.Text{Text: "Mmm", Room: 100})
	require.Positive(t, dark(t, p, whole))
	require.Zero(t, dark(t, p, image.Rect(40, 0, 100, 20)))
	require.Zero(t, dark(t, write(raster.Text{Text: "MMMMMMMMMMMM", Room: 30}), image.Rect(31, 0, 100, 20)), "wide text is made narrow")
	require.Zero(t, dark(t, write(raster.Text{Text: "ab", Room: 20, Middle: true, At: raster.Point{X: 50}}), image.Rect(0, 0, 40, 20)))
	require.Greater(t, dark(t, write(raster.Text{Text: "ab", Room: 100, Bold: true}), whole), dark(t, write(raster.Text{Text: "ab", Room: 100}), whole))
	for _, sign := range "✓✗▶○" {
		p := write(raster.Text{Text: string(sign), Room: 100})
		require.Greater(t, dark(t, p, whole), 5, string(sign))
		require.Empty(t, p.Missing())
	}
	p = write(raster.Text{Text: "日日本 é", Room: 100})
	require.Equal(t, []rune("日本"), p.Missing())
	require.Greater(t, dark(t, p, whole), 20)
	require.Empty(t, write(raster.Text{Text: "", Room: 0}).Missing())
}
