package expression

import "github.com/kfp2argo/kfp2argo/runtime/nodename"

// The labels of a pod, from the name of its node, such as
// wf.train-all.iteration(3:3).fit or wf.train-all.fit(3:3), which Argo knows when it
// makes the pod. A label has 63 characters at most: letters, digits and .-_, of which
// the last three neither begin nor end it. Names of tasks have lower case letters,
// digits and dashes (package naming). What Argo writes between them goes, and so would
// anything else.

const labelLength = 63

// TaskLabel is the path of the task without iterations; of a longer one the end.
// Where the pipeline is a task itself, its name there is left out, as is Argo's group
// of exit tasks after a stop.
func TaskLabel(pipeline string) Plain {
	above := `onExit[^.]*[.]`
	if pipeline != "" {
		above = pipeline + `[.]|` + above
	}
	drop := text(`^.*?[.](` + above + `)?|([.]` + nodename.IterationTask + `)?[(].*?[)]|[^a-z0-9.-]`)
	n := function("sprig.regexReplaceAll", drop, nodeName(), text(""))
	return plain(function("trim", function("sprig.trunc", literal{int64(-labelLength)}, n), text("-.")))
}

// IterationLabel is the number of the iteration, with those of the loops around it
// before it and dashes between; it is empty outside of loops.
func IterationLabel() Plain {
	n := function("sprig.regexReplaceAll", text(`.*?[(]([0-9]+):[0-9]+[)]|.+`), nodeName(), text("-$1"))
	return plain(function("trim", n, text("-")))
}

func nodeName() node { return path("node", "name") }
