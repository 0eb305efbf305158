package mlmd

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Service is the path below which the methods are: a request for METHOD is a POST
// to a path that ends in it and METHOD.
const Service = "/ml_metadata.MetadataStoreService/"

// Method returns the method that a path is for.
func Method(path string) (string, bool) {
	_, method, ok := strings.Cut(path, Service)
	return method, ok
}

// The form of gRPC-web whose frames are base64. The other has them as they are.
const textForm = "application/grpc-web-text"

// binaryForm is the form of frames as they are.
const binaryForm = "application/grpc-web+proto"

// isText reports whether a content type is that of base64.
func isText(contentType string) bool { return strings.HasPrefix(contentType, textForm) }

// The first byte of a frame says what it holds.
const (
	messageFrame = 0x00
	trailerFrame = 0x80
	frameHead    = 5
)

// unframe returns the message of a request.
func unframe(body []byte, text bool) ([]byte, error) {
	if text {
		decoded, err := decode64(body)
		if err != nil {
			return nil, err
		}
		body = decoded
	}
	if len(body) < frameHead {
		return nil, errors.New("the body is no frame of gRPC-web")
	}
	if body[0] != messageFrame {
		return nil, fmt.Errorf("the frame is of kind %#x; it can be a message that is not compressed", body[0])
	}
	length := uint64(binary.BigEndian.Uint32(body[1:frameHead]))
	message := body[frameHead:]
	if uint64(len(message)) != length {
		return nil, fmt.Errorf("the frame has %d bytes; it says that it has %d", len(message), length)
	}
	return message, nil
}

// decode64 reads base64 that may consist of several texts, each with its padding.
func decode64(text []byte) ([]byte, error) {
	const group = 4
	var all []byte
	for len(text) > 0 {
		part := text
		if end := strings.IndexByte(string(text), '='); end >= 0 {
			part = text[:min((end/group+1)*group, len(text))]
		}
		decoded, err := base64.StdEncoding.DecodeString(string(part))
		if err != nil {
			return nil, fmt.Errorf("the body: %w", err)
		}
		all = append(all, decoded...)
		text = text[len(part):]
	}
	return all, nil
}

// frame writes an answer: a message, unless that is nil, and how it went.
func frame(message []byte, s status, text bool) []byte {
	var out []byte
	if message != nil {
		out = appendFrame(out, messageFrame, message)
	}
	out = appendFrame(out, trailerFrame, []byte(s.trailer()))
	if !text {
		return out
	}
	return []byte(base64.StdEncoding.EncodeToString(out))
}

func appendFrame(to []byte, kind byte, content []byte) []byte {
	to = append(to, kind)
	to = binary.BigEndian.AppendUint32(to, uint32(len(content))) //nolint:gosec // answers are far smaller
	return append(to, content...)
}

// status is how a call went, in gRPC's words.
type status struct {
	code    int
	message string
}

// trailer writes the status as gRPC-web does.
func (s status) trailer() string {
	text := fmt.Sprintf("grpc-status:%d\r\n", s.code)
	if s.message != "" {
		text += "grpc-message:" + url.PathEscape(s.message) + "\r\n"
	}
	return text
}
