package gs

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// hashHeader has the checksums of what is sent, or of what is stored.
const hashHeader = "X-Goog-Hash"

// checksum is the CRC32C of some bytes, which Google keeps of every object.
type checksum uint32

// polynomial is that of CRC32C, in the order of bits that package crc32 has.
const polynomial = crc32.Castagnoli

func checksumOf(p backend.Part) (checksum, error) {
	hash := crc32.New(crc32.MakeTable(polynomial))
	buffer := make([]byte, min(backend.CopyBuffer, p.Length+1))
	n, err := io.CopyBuffer(hash, io.NewSectionReader(p.File, p.Offset, p.Length), buffer)
	if err == nil && n < p.Length {
		err = io.ErrUnexpectedEOF
	}
	return checksum(hash.Sum32()), err
}

// String returns the checksum as Google writes it.
func (c checksum) String() string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(c)))
}

func (c checksum) header() string { return "crc32c=" + c.String() }

// with returns the checksum of what has this one, followed by bytes of this
// length that have the other. A checksum is a polynomial modulo that of the CRC:
// to append bytes multiplies it by x to the eighth for each.
func (c checksum) with(next checksum, length int64) checksum {
	const one, byEight = 1 << 31, 1 << (31 - 8) // x to the 0 and to the 8; the highest bit is the lowest power
	shift := uint32(one)
	for square := uint32(byEight); length > 0; length >>= 1 {
		if length&1 == 1 {
			shift = multiply(shift, square)
		}
		square = multiply(square, square)
	}
	return checksum(multiply(uint32(c), shift)) ^ next
}

// multiply multiplies polynomials modulo that of the CRC.
func multiply(a, b uint32) uint32 {
	product := uint32(0)
	for bit := uint32(1 << 31); bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		overflow := b & 1
		b >>= 1
		if overflow != 0 {
			b ^= polynomial
		}
	}
	return product
}

// require requires that the header of an answer has this checksum, if it has
// any of the kind.
func (c checksum) require(header http.Header) error {
	for _, line := range header.Values(hashHeader) {
		for hash := range strings.SplitSeq(line, ",") {
			if got, ok := strings.CutPrefix(strings.TrimSpace(hash), "crc32c="); ok && got != c.String() {
				return &changedError{fmt.Errorf("the store keeps bytes with the checksum %s, not %s", got, c)}
			}
		}
	}
	return nil
}

// changedError is the error for bytes that changed on their way: they can be sent
// again.
type changedError struct{ reason error }

func (e *changedError) Error() string { return e.reason.Error() }

// Unwrap returns the reason.
func (e *changedError) Unwrap() error { return e.reason }

// Transient is what [backend.IsTransient] asks.
func (e *changedError) Transient() bool { return true }

// orChanged returns the error of an answer that says that the bytes which came
// have another checksum as such.
func orChanged(err error) error {
	var answer *backend.StatusError
	if errors.As(err, &answer) && answer.Code == http.StatusBadRequest && strings.HasPrefix(answer.Text, "BadDigest") {
		return &changedError{err}
	}
	return err
}
