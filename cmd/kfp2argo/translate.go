package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/archive"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// flags are the flags of a translation.
type flags struct {
	output      outputFlags
	parameters  []string
	paramsFile  string
	patches     []string
	stores      []string
	volume      string
	podSecurity string
	user        string
	cacheCheck  string
	inlineLimit string
	logLimit    string
	env         []string
	caBundle    string
	driver      resourceFlags
	maxSize     string
	color       string
	kind        kindFlags
	options     translate.Options
}

func (f *flags) add(set *pflag.FlagSet) {
	set.SortFlags = false
	f.output.add(set, manifests())
	f.addChoices(set)
}

// addChoices adds the flags that decide what a translation makes.
func (f *flags) addChoices(set *pflag.FlagSet) {
	set.SortFlags = false
	set.StringArrayVarP(&f.parameters, "param", "p", nil, "set the pipeline's input `NAME=VALUE` (repeatable); JSON but for strings")
	set.StringVar(&f.paramsFile, "params-file", "", "read inputs from a YAML or JSON `FILE`; --param wins")
	set.StringVar(&f.options.Store.Root, "pipeline-root", "", "store artifacts under `URI`, such as s3://bucket/path")
	set.StringVar(&f.options.Store.Secret, "store-secret", "", "take S3 credentials from `SECRET` (keys accesskey, secretkey)")
	set.StringArrayVar(&f.stores, "store-config", nil, "take stores and their credentials from `FILE[#KEY]`, a ConfigMap of KFP's launcher or of Argo (repeatable, earlier ones win); see docs/storage.md")
	set.StringVar(&f.volume, "store-volume", "", "mount `CLAIM[/PATH]` in all pods and store artifacts there")
	set.StringVar(&f.options.Name, "name", "", "name the Workflow `NAME`")
	set.StringVar(&f.options.GenerateName, "generate-name", "", "let the API server name it, beginning with `PREFIX` (default: the pipeline's name)")
	set.StringVarP(&f.options.Namespace, "namespace", "n", "", "put it into `NAMESPACE`")
	set.StringVar(&f.options.Pods.ServiceAccount, "service-account", "", "run its pods as `ACCOUNT`")
	set.StringVar(&f.options.Pods.Image, "image", "", "take the driver and the launcher from `IMAGE` (default "+translate.DefaultImage()+")")
	set.StringVar(&f.options.Pods.LauncherPath, "launcher-path", "", "use the launcher at `PATH` in the components' own images")
	set.StringArrayVar(&f.patches, "patch", nil, "merge fields of Argo's from `FILE` into the Workflow (repeatable, later ones win); see docs/overlays.md")
	set.BoolVar(&f.options.Cache.Off, "no-cache", false, "run every task, whatever the pipeline says of caching")
	set.DurationVar(&f.options.Cache.MaxAge, "cache-max-age", 0, "take results from the cache that are at most `DURATION` old, such as 72h (default: of any age)")
	set.StringVar(&f.cacheCheck, "cache-check", "auto", "look for earlier results `WHERE`: ahead in a small pod, inline in the task's own, or auto: ahead for accelerators")
	set.StringVar(&f.logLimit, "log-limit", "", "keep `SIZE` of what each program writes in the store, its beginning and end; 0 keeps nothing (default 10Mi)")
	set.StringVar(&f.inlineLimit, "inline-limit", "", "keep values of outputs above `SIZE` in the store and not in the Workflow (default 16Ki)")
	set.StringVar(&f.podSecurity, "pod-security", "restricted", "keep pods within the Pod Security Standard `LEVEL`: restricted, baseline or off")
	set.StringVar(&f.user, "user", "", "run programs as `USER`: a UID, image for that of the image, or cluster for whom the cluster assigns, as on OpenShift (default 1000 with --pod-security restricted, else image)")
	set.Var(tokenFlag{&f.options.Pods}, "service-account-token", "let programs call the API server as the pod's service account: those of all tasks, or with =`TASK`,... of these")
	set.Lookup("service-account-token").NoOptDefVal = "true"
	set.StringArrayVar(&f.env, "env", nil, "set the environment variable `NAME=VALUE` in all pods (repeatable)")
	set.StringVar(&f.caBundle, "ca-bundle", "", "let all pods trust the certificates in `CONFIGMAP[/KEY]` (default key ca.crt), and no others")
	set.StringVar(&f.driver.requests, "driver-requests", "", "let the driver request `RESOURCES`, such as cpu=10m,memory=32Mi")
	set.StringVar(&f.driver.limits, "driver-limits", "", "limit the driver to `RESOURCES`")
	f.kind.add(set)
	set.StringVar(&f.maxSize, "max-size", "1Mi", "refuse a Workflow that grows above `SIZE`, what the controller has as MAX_WORKFLOW_SIZE; none where it offloads node status")
	set.StringVar(&f.color, "color", "auto", "colour messages: `WHEN` is auto, always or never")
}

// translate reads a pipeline and writes the Workflow.
func (f *flags) translate(s streams, set *pflag.FlagSet, args []string) error {
	if err := f.output.complete(s); err != nil {
		return err
	}
	source, err := f.readAll(s, set, args)
	if err != nil {
		return err
	}
	text, found, err := f.result(source)
	if err := errors.Join(f.show(s, source, found), err); err != nil {
		return err
	}
	if text == nil {
		return errProblems
	}
	return f.output.write(s, text)
}

// result translates a pipeline into the text of what it becomes, which is nil
// where one of the diagnostics is an error.
func (f *flags) result(source diag.Source) ([]byte, []diag.Diagnostic, error) {
	workflow, found, err := translate.Translate(source, f.options)
	if err != nil || workflow == nil {
		return nil, found, err
	}
	var text bytes.Buffer
	if f.output.format == "json" {
		err = f.kind.printJSON(&text, workflow)
	} else {
		err = f.kind.print(&text, workflow, f.origin(source))
	}
	return text.Bytes(), found, err
}

// readAll reads what is to be translated: the file that the arguments name, and
// what the flags say.
func (f *flags) readAll(s streams, set *pflag.FlagSet, args []string) (diag.Source, error) {
	if err := f.complete(set); err != nil {
		return diag.Source{}, err
	}
	name := stdin
	if len(args) > 0 {
		name = args[0]
	}
	if err := f.readOthers(s, name); err != nil {
		return diag.Source{}, err
	}
	return read(s, name)
}

// show prints a report on a pipeline.
func (f *flags) show(s streams, source diag.Source, found []diag.Diagnostic) error {
	shown := diag.Options{Color: colored(f.color, s.err), Others: f.others()}
	return diag.Render(s.err, source, found, shown)
}

// read reads a file, or standard input under the name of stdin, and unpacks what
// it finds there.
func read(s streams, name string) (diag.Source, error) {
	file, shown, err := open(s, name)
	if err != nil {
		return diag.Source{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, archive.MaxSize+1))
	switch {
	case err != nil:
		return diag.Source{}, fmt.Errorf("reading %s: %w", shown, err)
	case len(text) > archive.MaxSize:
		return diag.Source{}, fmt.Errorf("%s has more than %d MiB, which no pipeline has", shown, archive.MaxSize>>20)
	}
	return archive.Unpack(diag.Source{Name: shown, Text: text})
}

// readOthers reads the files of --patch and --store-config. Standard input can
// be read once.
func (f *flags) readOthers(s streams, pipeline string) error {
	taken := pipeline == stdin
	once := func(name string) (diag.Source, error) {
		if name == stdin && taken {
			return diag.Source{}, usageError{errors.New("only one of the pipeline, the patches and the store configs can come from standard input")}
		}
		taken = taken || name == stdin
		return read(s, name)
	}
	for _, name := range f.patches {
		source, err := once(name)
		if err != nil {
			return err
		}
		f.options.Overlays = append(f.options.Overlays, source)
	}
	for _, text := range f.stores {
		name, key, _ := strings.Cut(text, "#")
		source, err := once(name)
		if err != nil {
			return err
		}
		f.options.Store.Configs = append(f.options.Store.Configs, translate.StoreConfig{Source: source, Key: key})
	}
	return nil
}

// others lists the files beside the pipeline, as diagnostics count them.
func (f *flags) others() []diag.Source {
	all := slices.Clone(f.options.Overlays)
	for _, config := range f.options.Store.Configs {
		all = append(all, config.Source)
	}
	return all
}

// origin says what a Workflow is made of.
func (f *flags) origin(source diag.Source) string {
	origin := filepath.Base(source.Name)
	separator := ", patched with "
	for _, patch := range f.options.Overlays {
		origin += separator + filepath.Base(patch.Name)
		separator = " and "
	}
	return origin
}

// complete checks the flags and turns them into options.
func (f *flags) complete(set *pflag.FlagSet) error {
	levels := map[string]translate.PodSecurity{
		"restricted": translate.Restricted, "baseline": translate.Baseline, "off": translate.Off,
	}
	checks := map[string]translate.CacheCheck{
		"auto": translate.CheckAuto, "ahead": translate.CheckAhead, "inline": translate.CheckInline,
	}
	check, known := checks[f.cacheCheck]
	level, ok := levels[f.podSecurity]
	switch {
	case !known:
		return usageError{fmt.Errorf("--cache-check is %q; it can be auto, ahead or inline", f.cacheCheck)}
	case !ok:
		return usageError{fmt.Errorf("--pod-security is %q; it can be restricted, baseline or off", f.podSecurity)}
	case f.options.Name != "" && f.options.GenerateName != "":
		return usageError{fmt.Errorf("give either --name or --generate-name, not both")}
	case f.options.Pods.LauncherPath != "" && !strings.HasPrefix(f.options.Pods.LauncherPath, "/"):
		return usageError{fmt.Errorf("--launcher-path is %q; it must be absolute", f.options.Pods.LauncherPath)}
	}
	if err := checkColor(f.color); err != nil {
		return err
	}
	f.options.Pods.Security, f.options.Cache.Check = level, check
	arguments, err := f.arguments()
	f.options.Arguments = arguments
	return errors.Join(err, f.completePods(), f.completeSize(), f.completeKind(set))
}

func (f *flags) completeKind(set *pflag.FlagSet) error {
	if f.kind.from != "" && len(f.patches) > 0 {
		return usageError{errors.New("--patch is for the template: give it where that is translated, not with --from-template")}
	}
	return f.kind.complete(set, &f.options)
}

// completeSize reads the limit of a Workflow's size.
func (f *flags) completeSize() error {
	if f.maxSize == "none" {
		f.options.MaxSize = -1
		return nil
	}
	q, err := resource.ParseQuantity(f.maxSize)
	if err != nil || q.Value() <= 0 || q.Value() > math.MaxInt32 {
		return usageError{fmt.Errorf("--max-size is %q; it can be a size such as 2Mi, or none", f.maxSize)}
	}
	f.options.MaxSize = int(q.Value())
	return nil
}

// arguments reads --params-file and --param.
func (f *flags) arguments() (map[string]string, error) {
	arguments := map[string]string{}
	if f.paramsFile != "" {
		if err := readParams(f.paramsFile, arguments); err != nil {
			return nil, err
		}
	}
	for _, p := range f.parameters {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("--param %q is not of the form NAME=VALUE", p)}
		}
		arguments[name] = value
	}
	return arguments, nil
}

// readParams reads a mapping of inputs to values. A value that is a string
// stands for itself, any other for its JSON.
func readParams(name string, into map[string]string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for input, value := range values {
		argument, err := argumentText(value)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", name, input, err)
		}
		into[input] = argument
	}
	return nil
}

// checkColor checks the value of --color.
func checkColor(when string) error {
	if when != "auto" && when != "always" && when != "never" {
		return usageError{fmt.Errorf("--color is %q; it can be auto, always or never", when)}
	}
	return nil
}

// colored reports whether what is written to w is coloured.
func colored(when string, w io.Writer) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	file, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// argumentText writes a value as an argument: a string as it is, anything else
// as JSON.
func argumentText(value any) (string, error) {
	if text, ok := value.(string); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}
