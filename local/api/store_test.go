package api_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/local/api"
)

func key(resource, name string) api.Key {
	return api.Key{Resource: resource, Namespace: "team", Name: name}
}

func create(t *testing.T, s *api.Store, k api.Key, text string) *api.Object {
	t.Helper()
	o, err := s.Create(k, []byte(text))
	require.NoError(t, err)
	return o
}

func mergeInto(t *testing.T, s *api.Store, k api.Key, set func(map[string]any)) *api.Object {
	t.Helper()
	o, err := s.Update(k, func(old []byte) ([]byte, error) {
		var f map[string]any
		if err := json.Unmarshal(old, &f); err != nil {
			return nil, err
		}
		set(f)
		return json.Marshal(f)
	})
	require.NoError(t, err)
	return o
}

func requireGone(t *testing.T, s *api.Store, k api.Key, gone bool) {
	t.Helper()
	_, err := s.Get(k)
	require.Equal(t, gone, api.IsNotFound(err), "%v", k)
}

// What is deleted stays for as long as something holds it.
func TestDeletion(t *testing.T) {
	zero, five := int64(0), int64(5)
	for _, c := range []struct {
		name, spec, status string
		finalizers         []any
		grace              *int64
		gone               bool
		want               string // deletionGracePeriodSeconds
	}{
		{name: "pod that waits", status: "Pending", gone: true},
		{name: "pod that runs", spec: `{"nodeName":"local"}`, status: "Running", want: "30"},
		{name: "pod with a period of its own", spec: `{"nodeName":"local","terminationGracePeriodSeconds":7}`, status: "Running", want: "7"},
		{name: "pod and a period that is asked for", spec: `{"nodeName":"local","terminationGracePeriodSeconds":7}`, status: "Running", grace: &five, want: "5"},
		{name: "pod at once", spec: `{"nodeName":"local"}`, status: "Running", grace: &zero, gone: true},
		{name: "pod that has ended", spec: `{"nodeName":"local"}`, status: "Succeeded", gone: true},
		{name: "pod with a finalizer", spec: `{"nodeName":"local"}`, status: "Succeeded", finalizers: []any{"x"}, want: "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := api.NewStore(10)
			k := key("pods", "p")
			if c.spec == "" {
				c.spec = "{}"
			}
			create(t, s, k, `{"spec":`+c.spec+`}`)
			mergeInto(t, s, k, func(f map[string]any) {
				f["status"] = map[string]any{"phase": c.status}
				f["metadata"].(map[string]any)["finalizers"] = c.finalizers
			})
			o, err := s.Delete(k, api.Deletion{Grace: c.grace})
			require.NoError(t, err)
			requireGone(t, s, k, c.gone)
			if !c.gone {
				require.True(t, o.Deleting)
				require.Contains(t, string(o.JSON), `"deletionGracePeriodSeconds":`+c.want)
			}
		})
	}
}

func TestLastFinalizer(t *testing.T) {
	s := api.NewStore(10)
	k := key("workflows", "w")
	create(t, s, k, `{"metadata":{"finalizers":["x"]}}`)
	_, err := s.Delete(k, api.Deletion{})
	require.NoError(t, err)
	requireGone(t, s, k, false)
	mergeInto(t, s, k, func(f map[string]any) { delete(f["metadata"].(map[string]any), "finalizers") })
	requireGone(t, s, k, true)
}

func TestOwners(t *testing.T) {
	s := api.NewStore(10)
	owner := create(t, s, key("workflows", "w"), `{}`)
	other := create(t, s, key("workflows", "o"), `{}`)
	owned := func(name string, uids ...string) api.Key {
		var all []map[string]string
		for _, uid := range uids {
			all = append(all, map[string]string{"uid": uid})
		}
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"ownerReferences": all}})
		require.NoError(t, err)
		return create(t, s, key("pods", name), string(text)).Key
	}
	mine, shared := owned("mine", owner.UID), owned("shared", owner.UID, other.UID)
	grandchild := owned("grandchild", func() string { o, err := s.Get(mine); require.NoError(t, err); return o.UID }())
	orphan := owned("orphan", other.UID)

	_, err := s.Delete(owner.Key, api.Deletion{})
	require.NoError(t, err)
	requireGone(t, s, mine, true)
	requireGone(t, s, grandchild, true)
	requireGone(t, s, shared, false)
	_, err = s.Delete(other.Key, api.Deletion{Orphan: true})
	require.NoError(t, err)
	requireGone(t, s, orphan, false)
}

// What clients cannot change stays as it is.
func TestIdentity(t *testing.T) {
	s := api.NewStore(10)
	k := key("workflows", "c")
	o := create(t, s, k, `{"metadata":{"deletionTimestamp":"2020-01-01T00:00:00Z"},"spec":{"n":12345678901234567890}}`)
	require.False(t, o.Deleting)
	require.Contains(t, string(o.JSON), "12345678901234567890")
	changed := mergeInto(t, s, k, func(f map[string]any) {
		m := f["metadata"].(map[string]any)
		m["deletionTimestamp"] = "2020-01-01T00:00:00Z"
		m["creationTimestamp"] = "2020-01-01T00:00:00Z"
		m["namespace"] = "elsewhere"
		delete(m, "uid")
	})
	require.Equal(t, o.UID, changed.UID)
	require.Equal(t, o.Key, changed.Key)
	require.False(t, changed.Deleting)
	_, err := s.Delete(k, api.Deletion{UID: "another"})
	require.True(t, api.IsConflict(err), "%v", err)
}

func TestRestore(t *testing.T) {
	s := api.NewStore(10)
	o := create(t, s, key("workflows", "w"), `{"status":{"phase":"Succeeded"}}`)
	again := api.NewStore(10)
	require.NoError(t, again.Restore("workflows", o.JSON))
	restored, err := again.Get(o.Key)
	require.NoError(t, err)
	require.Equal(t, o.UID, restored.UID)
	require.Error(t, again.Restore("workflows", o.JSON))
	require.Error(t, again.Restore("workflows", []byte("{")))
}

func TestListIsInOrder(t *testing.T) {
	s := api.NewStore(10)
	for _, i := range []int{3, 1, 2} {
		create(t, s, key("configmaps", fmt.Sprint("c", i)), `{}`)
	}
	found, version := s.List("configmaps", api.Selector{})
	require.Len(t, found, 3)
	require.Equal(t, "c1", found[0].Name)
	require.Equal(t, int64(4), version)
}

// TestRefused makes what an API server does not take.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ resource, name, text, says string }{
		{"persistentvolumeclaims", "a b", `{}`, `PersistentVolumeClaim "a b" is invalid: metadata.name: Invalid value: "a b": a lowercase RFC 1123 subdomain`},
		{"persistentvolumeclaims", "c", `{"spec": {"resources": {"requests": {"storage": "5\"Gi"}}}}`, "quantities must match the regular expression"},
		{"pods", "p", `{"spec": {"containers": {"name": "main"}}}`, `Pod in version "v1" cannot be handled as a Pod`},
		{"secrets", "s", `{"data": {"a": "!"}}`, "illegal base64 data"},
		{"pods", "", `{}`, "name or generateName is required"},
	} {
		_, err := api.NewStore(10).Create(key(c.resource, c.name), []byte(c.text))
		require.ErrorContains(t, err, c.says)
	}
	_, err := api.NewStore(10).Create(api.Key{Resource: "clusterroles", Name: "system:reader"}, []byte(`{}`))
	require.NoError(t, err)
}
