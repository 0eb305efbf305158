package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

const jobCheck = "store"

// pollTime is how often the cluster is asked what became of something.
const pollTime = 500 * time.Millisecond

// startJob starts the Job that looks at the store.
func (e *examiner) startJob(ctx context.Context) *batchv1.Job {
	if e.Trial.Job == nil {
		e.warn(jobCheck, "not looked at: there is no pipeline root", "give --pipeline-root, --store-config or --store-volume as for a translation")
		return nil
	}
	job := e.Trial.Job.DeepCopy()
	job.Spec.ActiveDeadlineSeconds = ptr(int64(e.Timeout.Seconds()) + 1)
	job, err := e.Kubernetes.BatchV1().Jobs(e.namespace).Create(ctx, job, metav1.CreateOptions{})
	if err != nil {
		e.fail(jobCheck, "starting a Job: "+err.Error(), e.advice(err.Error()))
		return nil
	}
	return job
}

// followJob waits for the Job and reports what its pod says, or why it says
// nothing.
func (e *examiner) followJob(ctx context.Context, job *batchv1.Job) {
	defer e.removeJob(context.WithoutCancel(ctx), job.Name)
	var pod *corev1.Pod
	var trouble *obstacle
	err := wait.PollUntilContextTimeout(ctx, pollTime, e.Timeout, true, func(ctx context.Context) (bool, error) {
		pods, err := e.podsOf(ctx, "batch.kubernetes.io/job-name", job.Name)
		if err != nil {
			return false, err
		}
		if len(pods) == 0 {
			trouble = e.eventOf(ctx, "Job", job.Name)
			return trouble != nil && trouble.final, nil
		}
		pod, trouble = &pods[0], e.obstacles(ctx, pods)
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		return ended || trouble != nil && trouble.final, nil
	})
	switch {
	case trouble != nil:
		e.fail(jobCheck, "the Job's pod does not start: "+trouble.message, trouble.advice)
	case pod == nil:
		e.fail(jobCheck, fmt.Sprintf("the Job got no pod within %v", e.Timeout), "look at the Job's events, with --keep")
	default:
		e.readLog(ctx, pod, err)
	}
}

// readLog reports what the pod has found.
func (e *examiner) readLog(ctx context.Context, pod *corev1.Pod, ended error) {
	log, err := e.Kubernetes.CoreV1().Pods(e.namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: pod.Spec.Containers[0].Name}).Stream(ctx)
	if err != nil {
		e.fail(jobCheck, "reading the log of the Job's pod: "+err.Error(), "")
		return
	}
	defer log.Close()
	found, others, err := contract.ReadFindings(log)
	for _, f := range found {
		e.failed = e.failed || f.Status == contract.StatusFailure
		e.Report(f)
	}
	switch {
	case err != nil:
		e.fail(jobCheck, "reading the log of the Job's pod: "+err.Error(), "")
	case ended != nil:
		e.fail(jobCheck, fmt.Sprintf("the Job did not end within %v", e.Timeout), tooSlow)
	case len(found) == 0:
		e.fail(jobCheck, "the Job's pod says nothing that this doctor understands: "+last(others),
			fmt.Sprintf("is %s older than this kfp2argo? Give the --image of the same version", pod.Spec.Containers[0].Image))
	}
}

func last(lines []string) string {
	if len(lines) == 0 {
		return "its log is empty"
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

// cleanTime bounds the removal of what was run.
const cleanTime = 20 * time.Second

func (e *examiner) removeJob(ctx context.Context, name string) {
	if e.Keep {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cleanTime)
	defer cancel()
	background := metav1.DeletePropagationBackground
	if err := e.Kubernetes.BatchV1().Jobs(e.namespace).Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		e.warn("clean-up", err.Error(), "the cluster removes the Job in an hour")
	}
}
