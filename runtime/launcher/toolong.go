package launcher

import (
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// maxArgument is the kernel's limit for one argument, with its final NUL.
const maxArgument = 128 << 10

// tooLongError is the kernel's refusal of a command line for its length.
type tooLongError struct{ argv, environ []string }

func (e *tooLongError) Error() string { return "the command line is too long" }

// explain says by how much it is too long and which input is to blame.
func (e *tooLongError) explain(inputs contract.Inputs) string {
	message := fmt.Sprintf("the command line is %d bytes and the environment %d, which is more than the kernel takes in all",
		size(e.argv), size(e.environ))
	if longest := longest(e.argv); longest >= maxArgument {
		message = fmt.Sprintf("the command line has an argument of %d bytes, the kernel's limit is %d", longest, maxArgument-1)
	}
	name, length := largest(inputs)
	if name == "" {
		return message
	}
	return fmt.Sprintf("%s; the largest input is %q with %d bytes: pass it as an artifact", message, name, length)
}

func size(texts []string) int {
	n := 0
	for _, text := range texts {
		n += len(text) + 1
	}
	return n
}

func longest(texts []string) int {
	n := 0
	for _, text := range texts {
		n = max(n, len(text))
	}
	return n
}

func largest(inputs contract.Inputs) (name string, length int) {
	for n, value := range inputs.ParameterValues {
		if len(value) > length || len(value) == length && n < name {
			name, length = n, len(value)
		}
	}
	return name, length
}
