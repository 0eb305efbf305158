package execution

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"

	"github.com/google/uuid"
)

// An ID leads to its run, so that nothing needs to be kept of it: its first 32
// bits are those of [RunNumber]. IDs of the API are UUIDs of version 8, with a hash
// behind; numbers, as ML Metadata has them, have 20 bits behind, so that they
// remain whole numbers in JavaScript.

// itemBits is how many bits of a number tell the items of one run apart.
const itemBits = 20

// RunNumber is a hash of a run's ID. Two runs may have the same.
func RunNumber(run string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(run))
	return h.Sum32()
}

// RunOfNumber returns the [RunNumber] of the run that a number belongs to.
func RunOfNumber(number int64) uint32 { return uint32(number >> itemBits) } //nolint:gosec // the bits above are zero in all numbers that are ours

// Number is that of the run itself.
func Number(run string) int64 { return int64(RunNumber(run)) << itemBits }

// RunOfID returns the [RunNumber] of the run that an ID belongs to, if it is an ID
// of a task or an artifact.
func RunOfID(id string) (uint32, bool) {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.Version() != version {
		return 0, false
	}
	return binary.BigEndian.Uint32(parsed[:4]), true
}

// TaskID is the ID of the task of a path.
func TaskID(run, path string) string { return id(run, "task", path) }

// ArtifactID is the ID of the artifact at a URI, in one run.
func ArtifactID(run, uri string) string { return id(run, "artifact", uri) }

const version = 8

func id(run, kind, name string) string {
	sum := sha256.Sum256([]byte(run + "\x00" + kind + "\x00" + name))
	var made uuid.UUID
	copy(made[:], sum[:])
	binary.BigEndian.PutUint32(made[:4], RunNumber(run))
	made[6] = made[6]&0x0f | version<<4
	made[8] = made[8]&0x3f | 0x80
	return made.String()
}

// numbers are those that are taken in a run.
type numbers map[int64]bool

// of returns the number of an item, which is a hash of its name or, if another
// has that, the next that is free. Zero is no item's.
func (n numbers) of(run, name string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	const items = 1<<itemBits - 1
	at := int64(h.Sum32() % items)
	for n[at] {
		at = (at + 1) % items
	}
	n[at] = true
	return Number(run) + at + 1
}
