package place

// Folder is a directory right below that of a pipeline: that of its cache, of a run,
// or another. In another one may be pipelines whose names have slashes and begin so.
type Folder struct{ pipeline, name string }

// FolderOf is the directory of this name below that of a pipeline.
func FolderOf(pipeline, name string) Folder { return Folder{pipeline, name} }

// Path is the directory in which records are, if there are any: that of a run is
// full of what its tasks made.
func (f Folder) Path() []string {
	if IsUID(f.name) {
		return Run{f.pipeline, f.name}.Records()
	}
	return []string{f.pipeline, f.name}
}

// MayHaveCache reports whether entries of the cache may be in [Folder.Path].
func (f Folder) MayHaveCache() bool { return !IsUID(f.name) }

// MayHaveRecords reports whether records of the tasks of runs may be in
// [Folder.Path].
func (f Folder) MayHaveRecords() bool { return f.name != cacheDir }

// MayBeOf reports whether the records may be those of the run with this UID.
func (f Folder) MayBeOf(uid string) bool { return f.name == uid || !IsUID(f.name) }
