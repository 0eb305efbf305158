package contract

import (
	"encoding/json"
	"slices"
	"strings"
)

// KFP's SDK has local paths for the URIs of three kinds of stores. Artifacts
// that lie elsewhere have a second URI, which only programs see: an alias, in a
// bucket whose name no store would take, for which the SDK does have a path.
//
//	file:///mnt/volume/key    minio://_file/mnt/volume/key     /minio/_file/mnt/volume/key
//	azblob://container/key    minio://_azblob/container/key    /minio/_azblob/container/key

// aliasPrefix begins all aliases.
const aliasPrefix = "minio://_"

// aliasedSchemes lists the schemes whose URIs have aliases: all that the store
// can read and the SDK has no path for. An artifact of a scheme that is not
// here is only recorded.
func aliasedSchemes() []string { return []string{"file"} }

// Alias returns the URI by which programs know an artifact. It is the URI
// itself where KFP's SDK has a path for it, or where there are no bytes.
func Alias(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || !slices.Contains(aliasedSchemes(), scheme) {
		return uri
	}
	if scheme == "file" {
		if rest, ok = strings.CutPrefix(rest, "/"); !ok {
			return uri
		}
	}
	return aliasPrefix + scheme + "/" + rest
}

// Unalias returns the URI that has this alias. What is no alias is returned as
// it is.
func Unalias(uri string) string {
	rest, ok := strings.CutPrefix(uri, aliasPrefix)
	scheme, rest, slash := strings.Cut(rest, "/")
	if !ok || !slash || !slices.Contains(aliasedSchemes(), scheme) {
		return uri
	}
	if scheme == "file" {
		rest = "/" + rest
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
