"""How a component function marks its arguments; part of the stand-in for kfp."""

from typing import Annotated, TypeVar

T = TypeVar('T')


class In:
    """Marks an input artifact."""


class Out:
    """Marks an output artifact."""


class Embedded:
    """Marks an artifact that comes with the component's program."""


Input = Annotated[T, In]
Output = Annotated[T, Out]
EmbeddedInput = Annotated[T, Embedded]


class InputPath:
    """Marks an argument that takes the path of an input artifact."""

    def __init__(self, type=None):
        self.type = type


class OutputPath:
    """Marks an argument that takes the path where an output belongs."""

    def __init__(self, type=None):
        self.type = type


class ConcatPlaceholder:
    """Stands in command lines only, which the translator has replaced by now."""

    def __init__(self, items):
        self.items = items


class IfPresentPlaceholder:
    """Stands in command lines only, which the translator has replaced by now."""

    def __init__(self, input_name, then, else_=None):
        self.input_name, self.then, self.else_ = input_name, then, else_


def _undecorated(function=None, **_):
    """Leaves the function as it is, with or without arguments to the decorator."""
    return function if function is not None else lambda f: f


component = pipeline = container_component = _undecorated
