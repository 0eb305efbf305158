"""The artifacts that a component function reads and writes; part of the stand-in for kfp."""

# A URI with the scheme on the left is the file below the directory on the right.
ROOTS = {'gs://': '/gcs/', 's3://': '/s3/', 'minio://': '/minio/'}

WORKSPACE = '/kfp-workspace/.artifacts'


def local_path(uri):
    """Returns where the launcher puts uri, or uri itself when it does not."""
    if uri.startswith('oci://'):
        return '/oci/' + uri[len('oci://'):].replace('/', '_')
    for scheme, root in ROOTS.items():
        if uri.startswith(scheme):
            return root + uri[len(scheme):]
    return uri


def remote_uri(path):
    """Returns the URI of a local path, or the path itself when it has none."""
    for scheme, root in ROOTS.items():
        if path.startswith(root):
            return scheme + path[len(root):]
    return path


class Artifact:
    """A file or directory with a URI and metadata."""

    schema_title = 'system.Artifact'
    schema_version = '0.0.1'

    def __init__(self, name=None, uri=None, metadata=None):
        self.name = name or ''
        self.uri = uri or ''
        self.metadata = {} if metadata is None else metadata
        self.custom_path = ''

    @property
    def path(self):
        if self.custom_path:
            return self.custom_path
        path = local_path(self.uri)
        if self.metadata.get('_kfp_workspace') is True:
            return WORKSPACE + path
        return path

    @path.setter
    def path(self, path):
        self.uri = remote_uri(path)

    def set_path(self, path):
        """Makes the launcher take the content from path."""
        self.custom_path = path


class Dataset(Artifact):
    """A data set."""

    schema_title = 'system.Dataset'


class HTML(Artifact):
    """A page to show."""

    schema_title = 'system.HTML'


class Markdown(Artifact):
    """A text to show."""

    schema_title = 'system.Markdown'


class Model(Artifact):
    """A model, whose metadata names the framework."""

    schema_title = 'system.Model'

    @property
    def path(self):
        path = Artifact.path.fget(self)
        if self.uri.startswith('oci://') and not self.custom_path:
            return path + '/models'
        return path

    @path.setter
    def path(self, path):
        self.uri = remote_uri(path)

    @property
    def framework(self):
        return self.metadata.get('framework', '')

    @framework.setter
    def framework(self, framework):
        self.metadata['framework'] = framework


class Metrics(Artifact):
    """Numbers by name, which are its metadata."""

    schema_title = 'system.Metrics'

    def log_metric(self, metric, value):
        self.metadata[metric] = value


def _roc_point(threshold, true_positive_rate, false_positive_rate):
    return {
        'confidenceThreshold': threshold,
        'recall': true_positive_rate,
        'falsePositiveRate': false_positive_rate,
    }


def _confusion_matrix(categories, rows):
    return {
        'annotationSpecs': [{'displayName': c} for c in categories],
        'rows': [{'row': list(row)} for row in rows],
    }


class ClassificationMetrics(Artifact):
    """A ROC curve and a confusion matrix, which are its metadata."""

    schema_title = 'system.ClassificationMetrics'

    def log_roc_data_point(self, fpr, tpr, threshold):
        self.metadata.setdefault('confidenceMetrics', []).append(_roc_point(threshold, tpr, fpr))

    def log_roc_curve(self, fpr, tpr, threshold):
        if not len(fpr) == len(tpr) == len(threshold):
            raise ValueError('a ROC curve needs lists of one length')
        self.metadata['confidenceMetrics'] = []
        for point in zip(fpr, tpr, threshold):
            self.log_roc_data_point(*point)

    def set_confusion_matrix_categories(self, categories):
        self.metadata['confusionMatrix'] = _confusion_matrix(categories, [[0] * len(categories)] * len(categories))

    def log_confusion_matrix(self, categories, matrix):
        if any(len(row) != len(categories) for row in [matrix, *matrix]):
            raise ValueError('a confusion matrix needs a row and a column for each category')
        self.metadata['confusionMatrix'] = _confusion_matrix(categories, matrix)

    def log_confusion_matrix_row(self, row_category, row):
        self.metadata['confusionMatrix']['rows'][self._category(row_category)] = {'row': list(row)}

    def log_confusion_matrix_cell(self, row_category, col_category, value):
        row = self.metadata['confusionMatrix']['rows'][self._category(row_category)]['row']
        row[self._category(col_category)] = value

    def _category(self, category):
        return [s['displayName'] for s in self.metadata['confusionMatrix']['annotationSpecs']].index(category)


class SlicedClassificationMetrics(Artifact):
    """Classification metrics for each slice of the data, which are its metadata."""

    schema_title = 'system.SlicedClassificationMetrics'

    def log_roc_reading(self, slice, threshold, tpr, fpr):
        self._slice(slice).log_roc_data_point(fpr, tpr, threshold)

    def load_roc_readings(self, slice, readings):
        for threshold, tpr, fpr in readings:
            self.log_roc_reading(slice, threshold, tpr, fpr)

    def set_confusion_matrix_categories(self, slice, categories):
        self._slice(slice).set_confusion_matrix_categories(categories)

    def load_confusion_matrix(self, slice, categories, matrix):
        self._slice(slice).log_confusion_matrix(categories, matrix)

    def log_confusion_matrix_row(self, slice, row_category, row):
        self._slice(slice).log_confusion_matrix_row(row_category, row)

    def log_confusion_matrix_cell(self, slice, row_category, col_category, value):
        self._slice(slice).log_confusion_matrix_cell(row_category, col_category, value)

    def _slice(self, name):
        """Returns the metrics of one slice, which share its metadata."""
        slices = self.metadata.setdefault('evaluationSlices', [])
        entry = next((s for s in slices if s['slice'] == name), None)
        if entry is None:
            entry = {'slice': name, 'sliceClassificationMetrics': {}}
            slices.append(entry)
        return ClassificationMetrics(metadata=entry['sliceClassificationMetrics'])


BY_SCHEMA_TITLE = {
    c.schema_title: c
    for c in (Artifact, ClassificationMetrics, Dataset, HTML, Markdown, Metrics, Model, SlicedClassificationMetrics)
}
