package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// Store holds the objects and their latest changes. Its methods may be called
// by several goroutines at once.
type Store struct {
	history int
	now     func() time.Time

	mu      sync.Mutex
	version int64
	objects map[string]map[Key]*Object // by resource
	logs    map[string]*changes        // by resource
	// changed is closed, and replaced, at each change.
	changed chan struct{}
}

// NewStore returns an empty store that remembers so many changes of each
// resource. A watch that lags behind by more has to begin anew.
func NewStore(history int) *Store {
	return &Store{
		history: history,
		now:     time.Now,
		version: 1,
		objects: map[string]map[Key]*Object{},
		logs:    map[string]*changes{},
		changed: make(chan struct{}),
	}
}

// Get returns an object as it is now.
func (s *Store) Get(k Key) (*Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.objects[k.Resource][k]; o != nil {
		return o, nil
	}
	return nil, errNotFound(k)
}

// List returns the objects of a resource that a selector selects, in the order
// of their names, and the version of the store that they are of.
func (s *Store) List(resource string, sel Selector) ([]*Object, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*Object
	for _, o := range s.objects[resource] {
		if sel.selects(o) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return found, s.version
}

// Create adds an object. An empty name in the key is that in the object, or is
// made of its generateName.
func (s *Store) Create(k Key, data []byte) (*Object, error) {
	f, err := decode(data)
	if err != nil {
		return nil, err
	}
	m := f.within("metadata")
	if k.Namespace != "" {
		m["namespace"] = k.Namespace
	}
	if k.Name = cmp.Or(k.Name, m.text("name")); k.Name == "" {
		prefix := m.text("generateName")
		if prefix == "" {
			return nil, errInvalid(fmt.Errorf("%s: metadata.name: Required value: name or generateName is required", k.Resource))
		}
		k.Name = prefix + rand.String(5)
	}
	m["name"] = k.Name
	m["uid"] = string(uuid.NewUUID())
	m["creationTimestamp"] = s.stamp()
	m["generation"] = 1
	delete(m, "deletionTimestamp")
	delete(m, "deletionGracePeriodSeconds")
	if k.Resource == pods {
		f["status"] = map[string]any{"phase": "Pending", "qosClass": "BestEffort"}
	}
	if k.Resource == "secrets" {
		foldStringData(f)
	}
	if err := validate(k, f); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[k.Resource][k] != nil {
		return nil, errExists(k)
	}
	return s.put(k.Resource, f)
}

// Restore adds an object of an earlier store as it was, with its UID. An object
// of that name is not replaced.
func (s *Store) Restore(resource string, data []byte) error {
	f, err := decode(data)
	if err != nil {
		return err
	}
	m := f.within("metadata")
	k := Key{resource, m.text("namespace"), m.text("name")}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.Name == "" || s.objects[resource][k] != nil {
		return errExists(k)
	}
	_, err = s.put(resource, f)
	return err
}

func (s *Store) stamp() string { return s.now().UTC().Format(time.RFC3339) }

// Update replaces an object by what change makes of its JSON. Where that has a
// resourceVersion, it has to be that of the object.
func (s *Store) Update(k Key, change func(old []byte) ([]byte, error)) (*Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.objects[k.Resource][k]
	if old == nil {
		return nil, errNotFound(k)
	}
	data, err := change(old.JSON)
	if err != nil {
		return nil, err
	}
	f, err := decode(data)
	if err != nil {
		return nil, err
	}
	if v := f.within("metadata").text("resourceVersion"); v != "" && v != strconv.FormatInt(old.Version, 10) {
		return nil, errConflict(k)
	}
	if err := keepIdentity(f, old); err != nil {
		return nil, err
	}
	return s.put(k.Resource, f)
}

// keepIdentity gives an object the fields of its metadata that clients cannot
// change.
func keepIdentity(f tree, old *Object) error {
	was, err := decode(old.JSON)
	if err != nil {
		return err
	}
	m, before := f.within("metadata"), was.within("metadata")
	if uid := m.text("uid"); uid != "" && uid != old.UID {
		return errConflict(old.Key)
	}
	for _, name := range []string{"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"} {
		if v, ok := before[name]; ok {
			m[name] = v
		} else {
			delete(m, name)
		}
	}
	if old.Resource == "secrets" {
		foldStringData(f)
	}
	return nil
}

// put writes an object, or removes one that is deleted and held by nothing. The
// lock is held.
func (s *Store) put(resource string, f tree) (*Object, error) {
	gone := f.mayGo()
	o, err := f.seal(resource, s.version+1)
	if err != nil {
		return nil, err
	}
	s.version++
	all := s.objects[resource]
	if all == nil {
		all = map[Key]*Object{}
		s.objects[resource] = all
	}
	old := all[o.Key]
	if gone {
		delete(all, o.Key)
		s.record(change{version: o.Version, old: cmp.Or(old, o), last: o})
		return o, s.removeOwned(o.UID)
	}
	all[o.Key] = o
	s.record(change{version: o.Version, old: old, new: o})
	return o, nil
}

// Deletion says how an object is to go.
type Deletion struct {
	// Grace is how many seconds a pod's programs have to end; nil is what the
	// pod says, or 30.
	Grace *int64
	// UID, unless it is empty, is that of the only object that is meant.
	UID string
	// Orphan leaves alone what the object owns.
	Orphan bool
}

// Delete removes an object. One with finalizers, or a pod that runs, is marked
// and stays until these are gone and that has ended.
func (s *Store) Delete(k Key, d Deletion) (*Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.objects[k.Resource][k]
	if old == nil {
		return nil, errNotFound(k)
	}
	return s.delete(old, d)
}

func (s *Store) delete(old *Object, d Deletion) (*Object, error) {
	if d.UID != "" && d.UID != old.UID {
		return nil, errConflict(old.Key)
	}
	f, err := decode(old.JSON)
	if err != nil {
		return nil, err
	}
	if d.Orphan {
		if err := s.disown(old.UID); err != nil {
			return nil, err
		}
	}
	m := f.within("metadata")
	if m["deletionTimestamp"] == nil {
		m["deletionTimestamp"] = s.stamp()
	}
	m["deletionGracePeriodSeconds"] = json.Number(strconv.FormatInt(graceOf(old, f, d.Grace), 10))
	return s.put(old.Resource, f)
}

// defaultGrace is how many seconds a pod has to end unless something says
// otherwise.
const defaultGrace = 30

// graceOf returns how many seconds an object may take to go. Nothing has to end
// for what is no pod, or for a pod that has not begun or has ended.
func graceOf(old *Object, f tree, asked *int64) int64 {
	switch {
	case old.Resource != pods, old.node == "", old.phase == "Succeeded", old.phase == "Failed":
		return 0
	case asked != nil:
		return *asked
	}
	if n, ok := f.within("spec")["terminationGracePeriodSeconds"].(json.Number); ok {
		if seconds, err := n.Int64(); err == nil {
			return seconds
		}
	}
	return defaultGrace
}

// owned lists what an owner owns.
func (s *Store) owned(uid string) []*Object {
	var found []*Object
	for _, all := range s.objects {
		for _, o := range all {
			if uid != "" && slices.Contains(o.owners, uid) {
				found = append(found, o)
			}
		}
	}
	slices.SortFunc(found, func(a, b *Object) int { return cmp.Compare(a.Version, b.Version) })
	return found
}

// removeOwned removes what an object has owned alone.
func (s *Store) removeOwned(uid string) error {
	for _, o := range s.owned(uid) {
		// Removing one may have removed another.
		if s.objects[o.Resource][o.Key] == nil || len(o.owners) > 1 {
			continue
		}
		if _, err := s.delete(o, Deletion{}); err != nil {
			return err
		}
	}
	return nil
}

// disown takes an owner from what it owns.
func (s *Store) disown(uid string) error {
	for _, o := range s.owned(uid) {
		f, err := decode(o.JSON)
		if err != nil {
			return err
		}
		m := f.within("metadata")
		references, _ := m["ownerReferences"].([]any)
		m["ownerReferences"] = slices.DeleteFunc(references, func(r any) bool {
			owner, _ := r.(map[string]any)
			return tree(owner).text("uid") == uid
		})
		if _, err := s.put(o.Resource, f); err != nil {
			return err
		}
	}
	return nil
}
