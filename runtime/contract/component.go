package contract

import (
	"encoding/json"
	"strings"
)

// ParseComponent reads the component of the text of a [Task] in which Argo's tags
// may still stand where values will be. It is nil for a text that is no such
// document.
func ParseComponent(document string) *Component {
	var task struct {
		Version   int        `json:"version"`
		Component *Component `json:"component"`
	}
	if json.Unmarshal([]byte(withoutTags(document)), &task) != nil || task.Version == 0 {
		return nil
	}
	return task.Component
}

// withoutTags puts null in the place of each tag that is not inside a string.
func withoutTags(text string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\' && i+1 < len(text):
			b.WriteByte(text[i])
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], "{{"):
			end := strings.Index(text[i:], "}}")
			if end < 0 {
				return text
			}
			b.WriteString("null")
			i += end + 1
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
