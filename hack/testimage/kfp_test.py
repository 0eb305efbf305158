"""Tests of the stand-in for kfp: python3 -m unittest kfp_test, in this folder."""

import json
import os
import tempfile
import textwrap
import unittest
from unittest import mock

from kfp.dsl import artifacts, executor_main


class ExecutorTest(unittest.TestCase):
    def setUp(self):
        self._dir = tempfile.TemporaryDirectory()
        self.addCleanup(self._dir.cleanup)
        self.root = self._dir.name
        patch = mock.patch.dict(artifacts.ROOTS, {'s3://': self.root + '/s3/'})
        patch.start()
        self.addCleanup(patch.stop)

    def run_function(self, source, parameters=None, inputs=None, outputs=None, output_parameters=()):
        """Runs the function f in source and returns the executor output."""
        program = os.path.join(self.root, 'component.py')
        with open(program, 'w') as f:
            f.write('import kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n')
            f.write(textwrap.dedent(source))
        output_file = self.root + '/s3/bucket/run/output_metadata.json'
        executor_main.main([
            '--component_module_path', program, '--function_to_execute', 'f', '--executor_input', json.dumps({
                'inputs': {
                    'parameterValues': parameters or {},
                    'artifacts': {n: {'artifacts': a} for n, a in (inputs or {}).items()},
                },
                'outputs': {
                    'parameters': {n: {'outputFile': f'{self.root}/outputs/{n}'} for n in output_parameters},
                    'artifacts': {n: {'artifacts': [a]} for n, a in (outputs or {}).items()},
                    'outputFile': output_file,
                },
            })])
        with open(output_file) as f:
            return json.load(f)

    def artifact(self, name, title='system.Dataset', **more):
        return {'name': name, 'uri': f's3://bucket/run/{name}', 'type': {'schemaTitle': title}, **more}

    def test_parameters(self):
        out = self.run_function('def f(a: str, b: int = 2, c: Optional[str] = None) -> str:\n return f"{a}{b}{c}"', {'a': 'x'})
        self.assertEqual(out, {'parameterValues': {'Output': 'x2None'}})

    def test_nothing_returned(self):
        self.assertEqual(self.run_function('def f() -> str: return None'), {})
        self.assertEqual(self.run_function('def f(): return 1'), {})

    def test_named_tuple(self):
        out = self.run_function('''
            def f() -> NamedTuple('Outputs', [('n', int), ('d', dict)]):
                return 3, {'k': [1]}''')
        self.assertEqual(out['parameterValues'], {'n': 3, 'd': {'k': [1]}})

    def test_output_path(self):
        self.run_function('def f(o: OutputPath(str)): open(o, "w").write("text")', output_parameters=['o'])
        with open(self.root + '/outputs/o') as f:
            self.assertEqual(f.read(), 'text')

    def test_output_artifacts(self):
        out = self.run_function('''
            def f(data: Output[Dataset], metrics: Output[Metrics]) -> float:
                open(data.path, 'w').write('rows')
                data.metadata['rows'] = 1
                metrics.log_metric('accuracy', 0.5)
                return 0.5''', outputs={'data': self.artifact('data'), 'metrics': self.artifact('metrics', 'system.Metrics')})
        with open(self.root + '/s3/bucket/run/data') as f:
            self.assertEqual(f.read(), 'rows')
        self.assertEqual(out['artifacts']['data']['artifacts'], [{'name': 'data', 'uri': 's3://bucket/run/data', 'metadata': {'rows': 1}}])
        self.assertEqual(out['artifacts']['metrics']['artifacts'][0]['metadata'], {'accuracy': 0.5})

    def test_returned_artifact(self):
        out = self.run_function('''
            def f() -> Dataset:
                return Dataset(uri=dsl.get_uri('mine'), metadata={'a': True})''', outputs={'Output': self.artifact('Output')})
        self.assertEqual(out['artifacts']['Output']['artifacts'], [
            {'name': 'Output', 'uri': 's3://bucket/run/mine', 'metadata': {'a': True}}])

    def test_returned_text_as_artifact(self):
        self.run_function('def f() -> Dataset: return 7', outputs={'Output': self.artifact('Output')})
        with open(self.root + '/s3/bucket/run/Output') as f:
            self.assertEqual(f.read(), '7')

    def test_custom_path(self):
        out = self.run_function('def f(data: Output[Dataset]): data.custom_path = "/elsewhere"', outputs={'data': self.artifact('data')})
        self.assertEqual(out['artifacts']['data']['artifacts'][0]['custom_path'], '/elsewhere')

    def test_input_artifacts(self):
        out = self.run_function('''
            def f(one: Input[Artifact], many: Input[List[Dataset]], none: Optional[Input[Dataset]] = None) -> list:
                return [type(one).__name__, one.metadata, [m.uri for m in many], none]''', inputs={
            'one': [self.artifact('one', 'system.Model', metadata={'k': 'v'})],
            'many': [self.artifact('a'), self.artifact('b')],
            'none': [],
        })
        self.assertEqual(out['parameterValues']['Output'], ['Model', {'k': 'v'}, ['s3://bucket/run/a', 's3://bucket/run/b'], None])

    def test_embedded_artifact(self):
        out = self.run_function('''
            __KFP_EMBEDDED_ASSET_DIR = '/unpacked'
            def f(a: dsl.EmbeddedInput[Dataset]) -> str: return a.path''')
        self.assertEqual(out['parameterValues']['Output'], '/unpacked')

    def test_final_status(self):
        out = self.run_function(
            'def f(status: PipelineTaskFinalStatus) -> list:\n return [status.state, status.pipeline_task_name, status.error_message]',
            {'status': {'state': 'FAILED', 'pipelineTaskName': 'guarded', 'error': {'code': 9, 'message': 'broken'}}})
        self.assertEqual(out['parameterValues']['Output'], ['FAILED', 'guarded', 'broken'])


class ArtifactTest(unittest.TestCase):
    def test_paths(self):
        for cls, uri, metadata, path in [
            (artifacts.Dataset, 'gs://b/k', {}, '/gcs/b/k'),
            (artifacts.Dataset, 'minio://b/k', {'_kfp_workspace': True}, '/kfp-workspace/.artifacts/minio/b/k'),
            (artifacts.Artifact, 'oci://img/x:tag', {}, '/oci/img_x:tag'),
            (artifacts.Model, 'oci://img/x:tag', {}, '/oci/img_x:tag/models'),
            (artifacts.Dataset, 'https://host/x', {}, 'https://host/x'),
        ]:
            with self.subTest(uri=uri):
                self.assertEqual(cls(uri=uri, metadata=metadata).path, path)

    def test_classification_metrics(self):
        m = artifacts.ClassificationMetrics()
        m.log_roc_curve([0.0], [0.5], [1.0])
        m.log_confusion_matrix(['a', 'b'], [[1, 2], [3, 4]])
        m.log_confusion_matrix_cell('b', 'a', 5)
        self.assertEqual(m.metadata, {
            'confidenceMetrics': [{'confidenceThreshold': 1.0, 'recall': 0.5, 'falsePositiveRate': 0.0}],
            'confusionMatrix': {
                'annotationSpecs': [{'displayName': 'a'}, {'displayName': 'b'}],
                'rows': [{'row': [1, 2]}, {'row': [5, 4]}],
            },
        })

    def test_sliced_metrics(self):
        m = artifacts.SlicedClassificationMetrics()
        m.log_roc_reading('s', 0.5, 0.9, 0.1)
        m.load_confusion_matrix('s', ['a'], [[1]])
        self.assertEqual([s['slice'] for s in m.metadata['evaluationSlices']], ['s'])


if __name__ == '__main__':
    unittest.main()
