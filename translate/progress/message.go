package progress

import "strings"

// killedEarly is all that Argo says of a pod in which an init container was ended by
// SIGKILL or SIGTERM: it takes the exit codes 137 and 143 of all containers but main
// and its own for its own doing, and goes on to main, which waits.
const killedEarly = "Pod failed before main container starts due to PodInitializing"

// inWords puts a message of Argo that does not say what has happened into words that
// do.
func inWords(message string) string {
	if strings.HasPrefix(message, killedEarly) {
		return "the driver was killed before the program began: if nobody ended the pod, it needed more memory than its limit (--driver-limits)"
	}
	return message
}

// saysStopped reports whether Argo says of a node of a run that was asked to end that
// this is why it has failed: pods that have not begun are never made, and the
// programs of others get SIGTERM, and later SIGKILL.
func saysStopped(message string) bool {
	for _, sign := range []string{"shutdown with strategy", "Stopped with strategy", "(exit code 143)", killedEarly} {
		if strings.Contains(message, sign) {
			return true
		}
	}
	return strings.Contains(message, "(exit code 137)") && !strings.Contains(message, "OOMKilled")
}
