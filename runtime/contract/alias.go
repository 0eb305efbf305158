package contract

import (
	"encoding/json"
	"slices"
	"strings"
)

// KFP's SDK has local paths for the URIs of three kinds of stores. Artifacts
// that are elsewhere have a second URI, which only programs see: an alias, in a
// bucket whose name no store would take, for which the SDK does have a path.
//
//	file:///mnt/volume/key    minio://_file/mnt/volume/key     /minio/_file/mnt/volume/key
//	azblob://container/key    minio://_azblob/container/key    /minio/_azblob/container/key
//	https://host/path         minio://_https/host/path         /minio/_https/host/path
//
// Of the web, an address has an alias that names a file: what ends with a slash
// or has dots for a segment is only recorded. Its query may be longer than the
// name of a file can be, so that an alias has it in pieces of [queryPiece].

// aliasPrefix begins all aliases.
const aliasPrefix = "minio://_"

// aliasedSchemes lists the schemes whose URIs have aliases: all that the store
// can read and the SDK has no path for. An artifact of a scheme that is not
// here is only recorded.
func aliasedSchemes() []string { return []string{schemeFile, "azblob", schemeHTTP, schemeHTTPS} }

const (
	schemeFile  = "file"
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// IsReadOnly reports whether an artifact is in an image or on a web server: it
// can be fetched, but never stored.
func IsReadOnly(uri string) bool {
	return IsModelImage(uri) || strings.HasPrefix(uri, schemeHTTP+"://") || strings.HasPrefix(uri, schemeHTTPS+"://")
}

// Alias returns the URI by which programs know an artifact. It is the URI
// itself where KFP's SDK has a path for it, or where there are no bytes.
func Alias(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || !slices.Contains(aliasedSchemes(), scheme) {
		return uri
	}
	switch scheme {
	case schemeFile:
		rest, ok = strings.CutPrefix(rest, "/")
	case schemeHTTP, schemeHTTPS:
		rest, ok = webAlias(rest)
	}
	if !ok {
		return uri
	}
	return aliasPrefix + scheme + "/" + rest
}

// queryPiece is how much of a query one name in a path holds, in bytes. With
// what is escaped that is less than the 255 of most file systems.
const queryPiece = 80

// pieceMark begins each further piece of a query. A query has no slashes there.
const pieceMark = "/+"

// webAlias returns a web address, without its scheme, as a path. The second
// result is false where it names no file.
func webAlias(address string) (string, bool) {
	place, query, hasQuery := strings.Cut(address, "?")
	host, file, _ := strings.Cut(place, "/")
	if host == "" || file == "" && !hasQuery || strings.HasSuffix(file, "/") && !hasQuery {
		return "", false
	}
	for segment := range strings.SplitSeq(place, "/") {
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	if !hasQuery {
		return place, true
	}
	var pieces []string
	for piece := range slices.Chunk([]byte(query), queryPiece) {
		pieces = append(pieces, strings.NewReplacer("%", "%25", "/", "%2F").Replace(string(piece)))
	}
	return place + "?" + strings.Join(pieces, pieceMark), true
}

// webAddress is the inverse of webAlias.
func webAddress(alias string) string {
	place, query, hasQuery := strings.Cut(alias, "?")
	if !hasQuery {
		return place
	}
	query = strings.ReplaceAll(query, pieceMark, "")
	return place + "?" + strings.NewReplacer("%25", "%", "%2F", "/").Replace(query)
}

// Unalias returns the URI that has this alias. What is no alias is returned as
// it is.
func Unalias(uri string) string {
	rest, ok := strings.CutPrefix(uri, aliasPrefix)
	scheme, rest, slash := strings.Cut(rest, "/")
	if !ok || !slash || !slices.Contains(aliasedSchemes(), scheme) {
		return uri
	}
	switch scheme {
	case schemeFile:
		rest = "/" + rest
	case schemeHTTP, schemeHTTPS:
		rest = webAddress(rest)
	}
	return scheme + "://" + rest
}

// UnaliasValue is [Unalias] for a value that is a text as a whole: a program may
// return the URI of an artifact. Other values stay as they are.
func UnaliasValue(value json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(value, &text) != nil || Unalias(text) == text {
		return value
	}
	return QuoteText(Unalias(text))
}

// Aliased returns the input as programs get it: with the aliases of its
// artifacts.
func (e ExecutorInput) Aliased() ExecutorInput {
	e.Inputs.Artifacts = aliased(e.Inputs.Artifacts)
	e.Outputs.Artifacts = aliased(e.Outputs.Artifacts)
	return e
}

func aliased(lists map[string]ArtifactList) map[string]ArtifactList {
	if lists == nil {
		return nil
	}
	all := make(map[string]ArtifactList, len(lists))
	for name, list := range lists {
		list.Artifacts = slices.Clone(list.Artifacts)
		for i := range list.Artifacts {
			list.Artifacts[i].URI = Alias(list.Artifacts[i].URI)
		}
		all[name] = list
	}
	return all
}
