package translate

import (
	"cmp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/emit"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
	"github.com/kfp2argo/kfp2argo/translate/internal/storage"
)

// planOptions are what plan needs to know of the options, but for the patches.
func planOptions(o Options, stores *storage.Config) plan.Options {
	return plan.Options{
		Arguments:    o.Arguments,
		Macros:       o.Macros,
		PipelineRoot: o.Store.Root,
		FallbackRoot: fallbackRoot(o.Store.Volume, stores),
		NoCache:      o.Cache.Off,
		CacheMaxAge:  o.Cache.MaxAge,
		CacheCheck: map[CacheCheck]plan.CacheCheck{
			CheckAuto: plan.CheckAuto, CheckInline: plan.CheckInline, CheckAhead: plan.CheckAhead,
		}[o.Cache.Check],
	}
}

// emitOptions are what emit needs to know of the options.
func emitOptions(o Options, stores *storage.Config, pipelineName string) emit.Options {
	e := emit.Options{
		Name:           o.Name,
		GenerateName:   cmp.Or(o.GenerateName, workflowPrefix(pipelineName)),
		Namespace:      o.Namespace,
		ServiceAccount: o.Pods.ServiceAccount,
		Image:          cmp.Or(o.Pods.Image, DefaultImage()),
		LauncherPath:   o.Pods.LauncherPath,
		StoreSecret:    o.Store.Secret,
		Store:          contract.StoreConfig{Places: stores.Places},
		StoreVolume:    emit.StoreVolume(o.Store.Volume),
		PodSecurity: map[PodSecurity]emit.PodSecurity{
			Restricted: emit.Restricted, Baseline: emit.Baseline, Off: emit.Off,
		}[o.Pods.Security],
		User:                emit.User(o.Pods.User),
		InlineLimit:         o.Store.InlineLimit,
		LogLimit:            o.Store.LogLimit,
		CABundle:            emit.CABundle(o.Pods.CABundle),
		ServiceAccountToken: o.Pods.ServiceAccountToken,
		DriverResources:     o.Pods.Driver,
	}
	if e.CABundle.ConfigMap != "" {
		e.CABundle.Key = cmp.Or(e.CABundle.Key, "ca.crt")
	}
	for _, v := range o.Pods.Env {
		e.Env = append(e.Env, emit.EnvVar(v))
	}
	for _, k := range stores.Keys {
		e.StoreKeys = append(e.StoreKeys, emit.SecretKey(k))
	}
	return e
}

// workflowPrefix makes the prefix of a Workflow's name from that of a
// pipeline, of which KFP uses what follows the last slash.
func workflowPrefix(pipelineName string) string {
	return naming.Template(pipelineName[strings.LastIndex(pipelineName, "/")+1:]) + "-"
}
