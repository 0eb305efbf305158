package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// resourceFlags are the requests and limits of a container, as texts.
type resourceFlags struct{ requests, limits string }

// tokenFlag is the flag that says which programs get the service account's token:
// those of all tasks, as a switch, or of those that it lists.
type tokenFlag struct{ pods *translate.Pods }

func (f tokenFlag) String() string {
	if f.pods == nil || len(f.pods.TokenTasks) == 0 {
		return strconv.FormatBool(f.pods != nil && f.pods.ServiceAccountToken)
	}
	return strings.Join(f.pods.TokenTasks, ",")
}

func (f tokenFlag) Set(text string) error {
	f.pods.ServiceAccountToken, f.pods.TokenTasks = text == "true", nil
	if text != "true" && text != "false" {
		f.pods.TokenTasks = strings.Split(text, ",")
	}
	return nil
}

// Type is that of a switch, which needs no value.
func (f tokenFlag) Type() string { return "bool" }

// user reads who programs run as.
func user(text string) (translate.User, error) {
	switch text {
	case "":
		return translate.UserDefault, nil
	case "image":
		return translate.UserOfImage, nil
	case "cluster":
		return translate.UserOfCluster, nil
	}
	uid, err := strconv.ParseInt(text, 10, 32)
	if err != nil || uid < 1 {
		return 0, usageError{fmt.Errorf("--user is %q; it can be a UID from 1 on, image or cluster", text)}
	}
	return translate.User(uid), nil
}

// completePods turns the flags about all pods into options.
func (f *flags) completePods() error {
	for _, text := range f.env {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return usageError{fmt.Errorf("--env %q is not of the form NAME=VALUE", text)}
		}
		f.options.Pods.Env = slices.DeleteFunc(f.options.Pods.Env, func(v translate.EnvVar) bool { return v.Name == name })
		f.options.Pods.Env = append(f.options.Pods.Env, translate.EnvVar{Name: name, Value: value})
	}
	f.options.Pods.CABundle.ConfigMap, f.options.Pods.CABundle.Key, _ = strings.Cut(f.caBundle, "/")
	f.options.Store.Volume.Claim, f.options.Store.Volume.SubPath, _ = strings.Cut(f.volume, "/")
	var err error
	if f.options.Pods.User, err = user(f.user); err != nil {
		return err
	}
	if f.options.Store.InlineLimit, err = size("--inline-limit", f.inlineLimit); err != nil {
		return err
	}
	if f.options.Store.LogLimit, err = logLimit(f.logLimit); err != nil {
		return err
	}
	if f.options.Pods.Driver.Requests, err = quantities("--driver-requests", f.driver.requests); err != nil {
		return err
	}
	f.options.Pods.Driver.Limits, err = quantities("--driver-limits", f.driver.limits)
	return err
}

// size reads a number of bytes such as 16Ki; the empty text is zero.
func size(flag, text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	q, err := resource.ParseQuantity(text)
	if n, whole := q.AsInt64(); err == nil && whole && n > 0 && n <= contract.MaxParameterBytes {
		return int(n), nil
	}
	return 0, usageError{fmt.Errorf("%s is %q, which is no size between 1 and %dKi", flag, text, contract.MaxParameterBytes>>10)}
}

// logLimit reads how much of a log is kept. In options nothing is a negative
// number, as zero is the default.
func logLimit(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	q, err := resource.ParseQuantity(text)
	n, whole := q.AsInt64()
	if err != nil || !whole || n < 0 {
		return 0, usageError{fmt.Errorf("--log-limit is %q, which is no size such as 10Mi", text)}
	}
	if n == 0 {
		return -1, nil
	}
	return n, nil
}

// quantities reads resources such as cpu=10m,memory=32Mi.
func quantities(flag, text string) (corev1.ResourceList, error) {
	if text == "" {
		return nil, nil
	}
	list := corev1.ResourceList{}
	for pair := range strings.SplitSeq(text, ",") {
		name, amount, _ := strings.Cut(pair, "=")
		q, err := resource.ParseQuantity(amount)
		if err != nil || len(validation.IsQualifiedName(name)) > 0 {
			return nil, usageError{fmt.Errorf("%s has %q, which is not a resource and a quantity such as memory=32Mi", flag, pair)}
		}
		list[corev1.ResourceName(name)] = q
	}
	return list, nil
}
