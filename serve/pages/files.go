package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/graph"
)

//go:embed assets
var embedded embed.FS

// assetsPath is where scripts and styles are, each under a name with its digest,
// so that browsers ask for it once.
const assetsPath = "/assets/"

// file is a script or a style.
type file struct {
	kind    string
	content []byte
	// address is that of the file in pages.
	address string
}

// newFiles reads the files that pages name, by their names without digest.
func newFiles() map[string]file {
	all := map[string]file{"graph.css": newFile("graph.css", []byte(graph.Style()))}
	for _, name := range []string{"pages.css", "pages.js", "icon.svg"} {
		text, err := fs.ReadFile(embedded, "assets/"+name)
		if err != nil {
			panic("pages: " + err.Error()) // it was built in
		}
		all[name] = newFile(name, text)
	}
	return all
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	named := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	return file{mime.TypeByExtension(ext), content, assetsPath + named}
}

func (s *Site) serveFile(w http.ResponseWriter, r *http.Request, name string) int {
	for _, f := range s.files {
		if f.address != assetsPath+name {
			continue
		}
		w.Header().Set("Content-Type", f.kind)
		v := &visit{request: r, writer: w}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		return v.send(http.StatusOK, f.content)
	}
	http.NotFound(w, r)
	return http.StatusNotFound
}
