"""The names that component functions use; part of the stand-in for kfp (see kfp/__init__.py)."""

from kfp.dsl.annotations import (
    ConcatPlaceholder,
    EmbeddedInput,
    IfPresentPlaceholder,
    Input,
    InputPath,
    Output,
    OutputPath,
    component,
    container_component,
    pipeline,
)
from kfp.dsl.artifacts import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Markdown,
    Metrics,
    Model,
    SlicedClassificationMetrics,
)
from kfp.dsl.executor import get_uri
from kfp.dsl.values import PipelineTaskFinalStatus, TaskConfig

__all__ = [
    'Artifact',
    'ClassificationMetrics',
    'ConcatPlaceholder',
    'Dataset',
    'EmbeddedInput',
    'HTML',
    'IfPresentPlaceholder',
    'Input',
    'InputPath',
    'Markdown',
    'Metrics',
    'Model',
    'Output',
    'OutputPath',
    'PipelineTaskFinalStatus',
    'SlicedClassificationMetrics',
    'TaskConfig',
    'component',
    'container_component',
    'get_uri',
    'pipeline',
]
