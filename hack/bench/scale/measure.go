package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/hack/bench"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/explain"
)

// measurer measures rows on a cluster.
type measurer struct {
	options
	cluster    *live.Cluster
	kubernetes kubernetes.Interface
	hollow     hollowNode
	// argo is the version of the controller.
	argo string
}

func newMeasurer(ctx context.Context, o options) (*measurer, error) {
	connection := live.Connection{Namespace: o.namespace}
	config, _, err := connection.Load()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	m := &measurer{options: o}
	if m.kubernetes, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if m.hollow, err = newHollowNode(config, o.namespace); err != nil {
		return nil, err
	}
	if m.cluster, err = live.NewCluster(config, o.namespace); err != nil {
		return nil, err
	}
	m.argo, err = argoVersion(ctx)
	return m, err
}

// argoVersion asks the argo command that came with the controller.
func argoVersion(ctx context.Context) (string, error) {
	argo := os.Getenv("KFP2ARGO_ARGO")
	if argo == "" {
		return "unknown", nil
	}
	text, err := exec.CommandContext(ctx, argo, "version", "--short").Output()
	if err != nil {
		return "", fmt.Errorf("%s version: %w", argo, err)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(text), "argo:")), "+")
	return version, nil
}

// row measures a row: the translated pipeline, and then the Workflow by hand.
func (m *measurer) row(ctx context.Context, r row) (bench.ScaleRow, error) {
	measured := bench.ScaleRow{
		Name: r.name, What: r.what, Argo: m.argo, Machine: bench.Machine(), Date: time.Now().UTC().Format(time.DateOnly),
		Parallel: r.parallel, Pods: r.pods * r.runs,
	}
	options := translate.Options{
		Store: translate.Store{Root: m.root(r.name), Secret: "kfp-s3"},
		Cache: translate.Cache{Off: true},
		Pods:  translate.Pods{Image: m.image},
	}
	traced, found, err := translate.Trace(diag.Source{Name: r.name + ".json", Text: r.pipeline}, options)
	if err != nil {
		return measured, err
	}
	for _, d := range found {
		if d.Severity == diag.Error {
			measured.Refused = d.Message
			return measured, nil
		}
		measured.Warned = measured.Warned || d.Code == diag.NearLimit
	}
	measured.Predicted = predicted(explain.New(traced, explain.Options{Translation: options, Found: found}).Size)
	hand, err := byHand(traced.Workflow, r)
	if err != nil {
		return measured, err
	}
	if r.hollow {
		toHollowNode(traced.Workflow)
		toHollowNode(hand)
	}
	if measured.Ours, err = m.runs(ctx, traced.Workflow, r); err == nil {
		measured.Hand, err = m.runs(ctx, hand, r)
	}
	return measured, err
}

func (m *measurer) root(name string) string {
	return fmt.Sprintf("s3://%s/bench/%s?endpoint=%s&region=us-east-1&s3ForcePathStyle=true",
		os.Getenv("KFP2ARGO_S3_BUCKET"), name, os.Getenv("KFP2ARGO_S3_ENDPOINT"))
}

// predicted is the size of the Workflow at its end as Argo keeps it: it compresses
// the state only if it must.
func predicted(s explain.Size) int {
	if s.Compresses() {
		return s.JSON + s.State.Compressed
	}
	return s.JSON + s.State.Bytes
}

// runs runs a Workflow as often as the row says, all at once, and removes what is
// left of it.
func (m *measurer) runs(ctx context.Context, w *wfv1.Workflow, r row) (measured bench.ScaleRun, err error) {
	w.Spec.PodGC = &wfv1.PodGC{Strategy: wfv1.PodGCOnPodSuccess}
	var document bytes.Buffer
	if err := translate.Print(&document, w, r.name); err != nil {
		return measured, err
	}
	controller := process(m.controller)
	if err := controller.resetPeak(); err != nil {
		return measured, fmt.Errorf("measuring Argo's controller: %w", err)
	}
	before, err := controller.usage()
	if err != nil {
		return measured, fmt.Errorf("measuring Argo's controller: %w", err)
	}
	var names []string
	defer func() { err = errors.Join(err, m.remove(context.WithoutCancel(ctx), names)) }()
	for range r.runs {
		created, err := m.cluster.Submit(ctx, document.Bytes())
		if err != nil {
			return measured, err
		}
		names = append(names, created.Name)
	}
	f := &follower{pods: r.pods, patience: m.patience, now: time.Now}
	if err := f.follow(ctx, m.cluster.Get, names); err != nil {
		return measured, err
	}
	after, err := controller.usage()
	if err != nil {
		return measured, fmt.Errorf("measuring Argo's controller: %w", err)
	}
	measured = f.measured
	measured.CPU, measured.Memory = after.cpu-before.cpu, after.memory
	return measured, nil
}

// remove deletes Workflows, and waits until their pods are gone, which would take
// time from the next.
func (m *measurer) remove(ctx context.Context, names []string) error {
	var failed []error
	for _, name := range names {
		failed = append(failed, m.cluster.Delete(ctx, name))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	ticks := time.NewTicker(pollTime)
	defer ticks.Stop()
	for range 300 {
		left, err := m.kubernetes.CoreV1().Pods(m.namespace).List(ctx, metav1.ListOptions{
			LabelSelector: workflowLabel + " in (" + strings.Join(names, ",") + ")", Limit: 1,
		})
		if err != nil {
			return err
		}
		if len(left.Items) == 0 {
			return nil
		}
		<-ticks.C
	}
	return fmt.Errorf("pods of %s do not go", strings.Join(names, ", "))
}

// size is the size of a Workflow as Argo counts it.
func size(w *wfv1.Workflow) (int, error) {
	text, err := json.Marshal(w)
	return len(text), err
}
