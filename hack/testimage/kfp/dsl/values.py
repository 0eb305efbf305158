"""Parameters that have a class of their own; part of the stand-in for kfp."""

import dataclasses
from typing import Any, Dict, List, Optional


@dataclasses.dataclass
class PipelineTaskFinalStatus:
    """How the tasks ended that an exit task waits for."""

    state: str
    pipeline_job_resource_name: str
    pipeline_task_name: str
    error_code: Optional[int] = None
    error_message: Optional[str] = None

    @classmethod
    def from_value(cls, value):
        error = value.get('error', {})
        return cls(
            state=value.get('state'),
            pipeline_job_resource_name=value.get('pipelineJobResourceName', value.get('pipeline_job_resource_name')),
            pipeline_task_name=value.get('pipelineTaskName', value.get('pipeline_task_name')),
            error_code=error.get('code'),
            error_message=error.get('message'),
        )


@dataclasses.dataclass
class TaskConfig:
    """The Kubernetes configuration of a task that it passes on."""

    affinity: Dict[str, Any] = dataclasses.field(default_factory=dict)
    tolerations: List[Dict[str, Any]] = dataclasses.field(default_factory=list)
    node_selector: Dict[str, str] = dataclasses.field(default_factory=dict)
    env: List[Dict[str, Any]] = dataclasses.field(default_factory=list)
    volumes: List[Dict[str, Any]] = dataclasses.field(default_factory=list)
    volume_mounts: List[Dict[str, Any]] = dataclasses.field(default_factory=list)
    resources: Dict[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_value(cls, value):
        names = {f.name: f.name for f in dataclasses.fields(cls)}
        names.update(nodeSelector='node_selector', volumeMounts='volume_mounts')
        return cls(**{names[k]: v for k, v in (value or {}).items() if k in names and v})
