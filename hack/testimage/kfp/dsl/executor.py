"""Calls a component function with its inputs and records its outputs; part of the stand-in for kfp."""

import inspect
import json
import os
import typing

from kfp.dsl import annotations, artifacts, values

# Functions ask get_uri for a place without saying who they are.
_run = {'output_file': ''}


def get_uri(suffix='Output'):
    """Returns a URI under which the running component may store something."""
    directory = os.path.dirname(_run['output_file'])
    uri = artifacts.remote_uri(directory + '/')
    if uri == directory + '/':
        return ''
    return uri + suffix


class Executor:
    """One call of a component function, as the executor input describes it."""

    def __init__(self, executor_input, function):
        self._function = function
        self._hints = typing.get_type_hints(function, include_extras=True)
        inputs, outputs = executor_input.get('inputs', {}), executor_input.get('outputs', {})
        self._parameters = inputs.get('parameterValues', {})
        self._input_lists = {n: v.get('artifacts', []) for n, v in inputs.get('artifacts', {}).items()}
        self._output_files = {n: v['outputFile'] for n, v in outputs.get('parameters', {}).items()}
        self._output_file = outputs['outputFile']
        self._outputs = {
            name: _artifact(value['artifacts'][0], self._class(name))
            for name, value in outputs.get('artifacts', {}).items()
            if value.get('artifacts')
        }
        self._returned = {}

    def execute(self):
        """Calls the function and writes the executor output."""
        _run['output_file'] = self._output_file
        for path in [*self._output_files.values(), *(a.path for a in self._outputs.values())]:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        arguments = {n: v for n in inspect.signature(self._function).parameters for v in self._argument(n)}
        self._take_result(self._function(**arguments))
        self._write()

    def _argument(self, name):
        """Returns a list with the value of the argument name, or an empty one to leave it out."""
        hint = _required(self._hints.get(name))
        if isinstance(hint, annotations.OutputPath):
            return [self._output_files[name] if name in self._output_files else self._outputs[name].path]
        if isinstance(hint, annotations.InputPath):
            return [_artifact(a, artifacts.Artifact).path for a in self._input_lists.get(name, [])[:1]]
        if hint in (values.PipelineTaskFinalStatus, values.TaskConfig):
            return [hint.from_value(self._parameters.get(name))]
        if annotations.Out in _marks(hint):
            return [self._outputs[name]]
        if annotations.Embedded in _marks(hint):
            return [self._class(name)(name=name, uri=_embedded(self._function.__globals__))]
        if name in self._input_lists:
            found = [_artifact(a, self._class(name)) for a in self._input_lists[name]]
            return [found] if typing.get_origin(_unmarked(hint)) is list else found[:1]
        value = self._parameters.get(name)
        return [] if value is None else [value]

    def _class(self, name):
        """Returns the artifact class that the annotation of name gives."""
        hint = _unmarked(_required(self._hints.get(name)))
        if typing.get_origin(hint) is list:
            hint = typing.get_args(hint)[0]
        return hint if _is_artifact(hint) else artifacts.Artifact

    def _take_result(self, result):
        hint = _required(self._hints.get('return'))
        if hint is None or hint is type(None):
            return
        fields = getattr(hint, '_fields', None)
        if fields is None:
            self._take_output('Output', hint, result)
            return
        if len(fields) != len(result):
            raise ValueError(f'the function returned {len(result)} values, not one for each of {fields}')
        for name, value in zip(fields, result):
            self._take_output(name, typing.get_type_hints(hint, include_extras=True).get(name), value)

    def _take_output(self, name, hint, value):
        if not _is_artifact(_unmarked(_required(hint))):
            if value is not None:
                self._returned[name] = value
        elif isinstance(value, artifacts.Artifact):
            value.name = self._outputs[name].name
            self._outputs[name] = value
        else:
            with open(self._outputs[name].path, 'w') as f:
                f.write(str(value))

    def _write(self):
        output = {}
        if self._returned:
            output['parameterValues'] = self._returned
        if self._outputs:
            output['artifacts'] = {n: {'artifacts': [_record(a)]} for n, a in self._outputs.items()}
        os.makedirs(os.path.dirname(self._output_file), exist_ok=True)
        with open(self._output_file, 'w') as f:
            json.dump(output, f)


def _artifact(value, otherwise):
    """Returns the artifact that the executor input calls value, of the class its type names."""
    cls = artifacts.BY_SCHEMA_TITLE.get(value.get('type', {}).get('schemaTitle'), otherwise)
    return cls(name=value.get('name'), uri=value.get('uri'), metadata=dict(value.get('metadata', {})))


def _embedded(program):
    """Returns the path of the artifact that the component's program unpacked when it was loaded."""
    for variable in ('__KFP_EMBEDDED_ASSET_FILE', '__KFP_EMBEDDED_ASSET_DIR'):
        if variable in program:
            return program[variable]
    raise ValueError('the program of the component holds no embedded artifact')


def _record(artifact):
    record = {'name': artifact.name, 'uri': artifact.uri, 'metadata': artifact.metadata}
    if artifact.custom_path:
        record['custom_path'] = artifact.custom_path
    return record


def _is_artifact(hint):
    return isinstance(hint, type) and issubclass(hint, artifacts.Artifact)


def _marks(hint):
    return getattr(hint, '__metadata__', ())


def _unmarked(hint):
    """Returns T for Input[T] and Output[T]."""
    return typing.get_args(hint)[0] if _marks(hint) else hint


def _required(hint):
    """Returns T for Optional[T]."""
    if typing.get_origin(hint) is typing.Union:
        present = [a for a in typing.get_args(hint) if a is not type(None)]
        return present[0] if len(present) == 1 else hint
    return hint
