package kind_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

const (
	goldens   = "../../testdata/kinds/"
	pipelines = "../../testdata/pipelines/"
	examples  = "../../examples/"
)

// TestGoldens compares pipelines as other kinds with their goldens.
func TestGoldens(t *testing.T) {
	daily := kind.Schedule{
		Cron: []string{"0 5 * * *", "@weekly"}, Timezone: "Europe/Berlin", Concurrency: wfv1.ForbidConcurrent,
		StartingDeadline: 10 * time.Minute, Suspend: true,
	}
	given := map[string]string{"fast": "true"}
	team := diag.Source{Name: "team.yaml", Text: []byte("workflow: {metadata: {labels: {team: ml}}, spec: {workflowMetadata: {labels: {run: '1'}}}}")}
	seen := map[string]bool{}
	for name, test := range map[string]struct {
		pipeline, kinds string
		options         translate.Options
		schedule        kind.Schedule
	}{
		"template":         {pipelines + "choices.yaml", "WorkflowTemplate", translate.Options{}, kind.Schedule{}},
		"template-run":     {pipelines + "run_settings.yaml", "WorkflowTemplate", translate.Options{Name: "kept", Namespace: "team-a"}, kind.Schedule{}},
		"template-patched": {examples + "hello.yaml", "WorkflowTemplate", translate.Options{Overlays: []diag.Source{team}}, kind.Schedule{}},
		"cluster-template": {examples + "hello.yaml", "ClusterWorkflowTemplate", translate.Options{Namespace: "team-a"}, kind.Schedule{}},
		"cron":             {examples + "hello.yaml", "CronWorkflow", translate.Options{Pods: translate.Pods{ServiceAccount: "runner"}, Overlays: []diag.Source{team}}, daily},
		"cron-bare":        {pipelines + "loop_many.yaml", "CronWorkflow", translate.Options{Arguments: map[string]string{"items": "[1]"}}, kind.Schedule{Cron: []string{"@hourly"}}},
		"reference":        {pipelines + "choices.yaml", "Workflow", translate.Options{Template: &kind.Ref{Name: "choices", Cluster: true}, Arguments: map[string]string{"mode": "large"}}, kind.Schedule{}},
		"reference-cron":   {examples + "artifacts.yaml", "CronWorkflow", translate.Options{Template: &kind.Ref{Name: "artifacts"}, Store: translate.Store{Root: "s3://b/p"}}, daily},
		"all":              {pipelines + "choices.yaml", "WorkflowTemplate,Workflow,CronWorkflow", translate.Options{Name: "choose", Arguments: given}, daily},
	} {
		seen[name+".yaml"] = true
		t.Run(name, func(t *testing.T) {
			goldentest.Compare(t, goldens+name+".yaml", printed(t, translated(t, test.pipeline, test.options), test.kinds, test.schedule))
		})
	}
	files, err := filepath.Glob(goldens + "*")
	require.NoError(t, err)
	for _, file := range files {
		require.True(t, seen[filepath.Base(file)], "%s is the golden of no test", file)
	}
}

// TestSameTranslation makes sure that the kinds hold what a Workflow does.
func TestSameTranslation(t *testing.T) {
	w := translated(t, pipelines+"run_settings.yaml", translate.Options{})
	before := w.DeepCopy()
	template, err := kind.Template(w)
	require.NoError(t, err)
	require.NotNil(t, template.Spec.WorkflowMetadata)
	template.Spec.WorkflowMetadata = nil
	require.Equal(t, w.Spec, template.Spec)
	cron, err := kind.Cron(w, kind.Schedule{Cron: []string{"@daily"}})
	require.NoError(t, err)
	require.Equal(t, w.Spec, cron.Spec.WorkflowSpec)
	require.Equal(t, before, w)
}

func TestNames(t *testing.T) {
	long := strings.Repeat("long-", 14)
	for _, test := range []struct{ name, prefix, template, cron string }{
		{"a.b", "", "a.b", "a.b"},
		{"", "hello-", "hello", "hello"},
		{"", long, long[:63], long[:52]},
		{"", "prefix", "prefix", "prefix"},
		{long[:60] + "xyz", "", long[:60] + "xyz", `!the CronWorkflow: its name "` + long[:60] + `xyz" has 63 characters; Argo takes 52 at most`},
		{"Upper", "", `!the WorkflowTemplate: its name "Upper": a lowercase RFC 1123 subdomain`, `!the CronWorkflow: its name "Upper": a lowercase`},
	} {
		w := &wfv1.Workflow{}
		w.Name, w.GenerateName = test.name, test.prefix
		template, err := kind.Template(w)
		requireName(t, test.template, template, err)
		cluster, err := kind.ClusterTemplate(w)
		requireName(t, strings.Replace(test.template, "the Work", "the ClusterWork", 1), cluster, err)
		cron, err := kind.Cron(w, kind.Schedule{Cron: []string{"@daily"}})
		requireName(t, test.cron, cron, err)
	}
}

func requireName(t *testing.T, want string, object interface{ GetName() string }, err error) {
	t.Helper()
	if problem, ok := strings.CutPrefix(want, "!"); ok {
		require.ErrorContains(t, err, problem)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want, object.GetName())
}

// TestRunMetadata keeps texts with tags away from the runs of a template, where
// Argo would evaluate them.
func TestRunMetadata(t *testing.T) {
	w := &wfv1.Workflow{}
	w.Name = "a"
	w.Annotations = map[string]string{"plain": "x", "tag": "{{=1+1}}", "own": "object's"}
	w.Spec.WorkflowMetadata = &wfv1.WorkflowMetadata{
		Annotations: map[string]string{"own": "run's"}, LabelsFrom: map[string]wfv1.LabelValueFrom{"l": {Expression: "'x'"}},
	}
	template, err := kind.Template(w)
	require.NoError(t, err)
	require.Equal(t, w.Annotations, template.Annotations)
	require.Equal(t, map[string]string{"plain": "x", "own": "run's"}, template.Spec.WorkflowMetadata.Annotations)
	require.Equal(t, w.Spec.WorkflowMetadata.LabelsFrom, template.Spec.WorkflowMetadata.LabelsFrom)
}

func TestSchedule(t *testing.T) {
	for problem, s := range map[string]kind.Schedule{
		"a CronWorkflow needs a schedule":                                              {},
		`the schedule "5 *": expected exactly 5 fields, found 2: [5 *]`:                {Cron: []string{"@daily", "5 *"}},
		`the schedule "TZ=0": the time zone is a field of its own`:                     {Cron: []string{"TZ=0"}},
		"the time zone: unknown time zone Europe/Berlim":                               {Cron: []string{"@daily"}, Timezone: "Europe/Berlim"},
		`the concurrency policy is "forbid"; it can be Allow, Forbid or Replace`:       {Cron: []string{"@daily"}, Concurrency: "forbid"},
		"the starting deadline 1.5s is no whole number of seconds from now on":         {Cron: []string{"@daily"}, StartingDeadline: 1500 * time.Millisecond},
		"the starting deadline -1s is no whole number of seconds from now on":          {Cron: []string{"@daily"}, StartingDeadline: -time.Second},
		"the starting deadline 2562047h0m0s is no whole number of seconds from now on": {Cron: []string{"@daily"}, StartingDeadline: 2562047 * time.Hour},
	} {
		require.EqualError(t, s.Check(), problem)
		w := translated(t, examples+"hello.yaml", translate.Options{})
		_, err := kind.Cron(w, s)
		require.EqualError(t, err, problem)
	}
	require.EqualError(t, kind.Schedule{Timezone: "X"}.Check(), "a CronWorkflow needs a schedule\nthe time zone: unknown time zone X")
}

func TestUnsetArguments(t *testing.T) {
	w := translated(t, pipelines+"choices.yaml", translate.Options{})
	_, err := kind.Cron(w, kind.Schedule{Cron: []string{"@daily"}})
	require.EqualError(t, err, "a CronWorkflow has nobody to give arguments: these have no value: fast")
	_, err = kind.Cron(kind.Reference(w, kind.Ref{Name: "t"}, nil), kind.Schedule{Cron: []string{"@daily"}})
	require.EqualError(t, err, "a CronWorkflow has nobody to give arguments: these have no value: fast")
}

// TestEmptyText gives a text to a run of a template that would take it for none.
func TestEmptyText(t *testing.T) {
	text, err := os.ReadFile(pipelines + "pod_open.yaml")
	require.NoError(t, err)
	options := translate.Options{Arguments: map[string]string{"registry": ""}, Template: &kind.Ref{Name: "t"}}
	w, found, err := translate.Translate(diag.Source{Name: "pod_open.yaml", Text: text}, options)
	require.NoError(t, err)
	require.Nil(t, w)
	require.Len(t, found, 1)
	require.Equal(t, `the template takes an empty argument for input "registry" as none`, found[0].Message)
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"Workflow":                          "",
		"cronworkflow":                      "",
		"WorkflowTemplate,CronWorkflow":     "",
		"Pod":                               `there is no kind "Pod"; it can be Workflow, WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow`,
		"":                                  `there is no kind ""; it can be`,
		"Workflow,CronWorkflow":             "several kinds are a template, and behind it",
		"WorkflowTemplate,WorkflowTemplate": "several kinds are a template",
		"ClusterWorkflowTemplate,CronWorkflow,CronWorkflow": "several kinds are a template",
	} {
		_, err := kind.Parse(text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}

func TestParseRef(t *testing.T) {
	for text, want := range map[string]kind.Ref{
		"a": {Name: "a"}, "workflowtemplate/a": {Name: "a"}, "clusterworkflowtemplate/a": {Name: "a", Cluster: true},
	} {
		got, err := kind.ParseRef(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := kind.ParseRef("cronworkflow/a")
	require.ErrorContains(t, err, `there is no kind "cronworkflow" of templates`)
	_, err = kind.ParseRef("workflowtemplate/")
	require.ErrorContains(t, err, `"" is not the name of a template`)
}

func translated(t *testing.T, file string, options translate.Options) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	w, found, err := translate.Translate(diag.Source{Name: file, Text: text}, options)
	require.NoError(t, err)
	require.NotNil(t, w, "%v", found)
	return w
}

// printed makes kinds of a Workflow and reads each as strictly as Argo does.
func printed(t *testing.T, w *wfv1.Workflow, names string, schedule kind.Schedule) []byte {
	t.Helper()
	kinds, err := kind.Parse(names)
	require.NoError(t, err)
	objects, err := kind.Objects(w, kinds, schedule)
	require.NoError(t, err)
	var documents [][]byte
	for i, object := range objects {
		var text bytes.Buffer
		require.NoError(t, translate.Print(&text, object, "a pipeline"))
		into := map[kind.Kind]any{
			kind.Workflow: &wfv1.Workflow{}, kind.WorkflowTemplate: &wfv1.WorkflowTemplate{},
			kind.ClusterWorkflowTemplate: &wfv1.ClusterWorkflowTemplate{}, kind.CronWorkflow: &wfv1.CronWorkflow{},
		}[kinds[i]]
		require.NoError(t, yaml.UnmarshalStrict(text.Bytes(), into))
		require.Equal(t, object, into)
		documents = append(documents, text.Bytes())
	}
	return bytes.Join(documents, []byte("---\n"))
}
