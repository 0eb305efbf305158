package expression

import "github.com/kfp2argo/kfp2argo/runtime/contract"

// FinalStatus is the parameter text of a KFP task status: how a task has ended,
// in the words of KFP's back end. Key is the task's KFP key.
func FinalStatus(task, key string) Parameter {
	s := name{"s"}
	state := plain(let{"s", taskField(task, "status"), condition{
		binary(s, "==", text("Succeeded")), text("COMPLETE"), condition{
			binary(s, "in", newList(text("Failed"), text("Error"))), text("FAILED"), text("CANCELED"),
		},
	}})
	return status(key, state.Text())
}

// CanceledStatus is the status of a task in a Workflow that was stopped.
func CanceledStatus(key string) Parameter { return status(key, String("CANCELED")) }

// status is a status as KFP's back end sends it. The error is always there: the
// SDK's programs look into it whatever the state.
func status(key string, state Text) Parameter {
	return Shield(Join(
		KnownJSON(`{"state":`), ToJSON(state),
		KnownJSON(`,"error":{},"pipelineJobResourceName":`), ToJSON(WorkflowName().Text()),
		KnownJSON(`,"pipelineTaskName":`+string(contract.QuoteText(key))+"}"),
	))
}

// Stopped reports, when the Workflow has ended, whether a task did not run
// because the Workflow had been stopped before.
func Stopped(task, template string) Bool {
	return failedWith(task, template, says("shutdown"))
}

// StoppedOrLate is [Stopped], or because the Workflow has taken too long.
func StoppedOrLate(task, template string) Bool {
	return failedWith(task, template, operation{"||", []node{says("shutdown"), says("exceeded its deadline")}})
}

func says(what string) node { return binary(path("#", "message"), "contains", text(what)) }

func failedWith(task, template string, message node) Bool {
	failures := function("fromJSON", function("fromJSON", path("workflow", "failures")))
	return Bool{each("any", binary(failures, "??", list{}), operation{"&&", []node{
		binary(path("#", "displayName"), "==", text(task)),
		binary(path("#", "templateName"), "==", text(template)),
		message,
	}})}
}
