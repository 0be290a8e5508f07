"""Functions as steps: what is passed to them is recorded, and what they return."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar, overload

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact
from graphstore.recorder.run import Code, current_run
from graphstore.recorder.step import Caching, Step

__all__ = ["step"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def step(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def step(
    component: str | None = None,
    /,
    *,
    output: str | None = None,
    cache: Caching = False,
    version: str | None = None,
    code: Code = (),
    ignore: Sequence[str] = (),
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def step(
    component: Any = None,
    /,
    *,
    output: str | None = None,
    cache: Caching = False,
    version: str | None = None,
    code: Code = (),
    ignore: Sequence[str] = (),
) -> Any:
    """Make each call of a function a step of the run that goes on.

    ::

        @graphstore.step("Trainer", output="model", cache=True)
        def train(examples: Artifact, rate: float = 0.1) -> Artifact:
            ...
            return Artifact(type="Model", uri="models/1")

    Arguments that are artifacts, or lists of them, are its inputs by the name of the parameter; all
    others are its parameters, defaults included. It returns what it made, and its caller gets that
    as it was stored: with `output` one artifact in that role, else artifacts by role (a list a
    role), or nothing. A call that could be skipped returns what stands in for it. An ``async def``
    is a step as well; `current_step` is the step within it.

    Args:
        component: The name of the execution type; by default that of the function.
        output: The role of the one artifact that it returns.
        cache: As in `Run.execution`.
        version: The version of its code, in place of its source.
        code: Other functions, classes or modules that it depends on, whose source counts too.
        ignore: Parameters that are not recorded: a logger, a connection.

    Raises:
        InvalidArgument: When it is called, if an argument cannot be recorded, or if it returns
            anything else.
        FailedPrecondition: When it is called, if no run goes on.
    """
    if callable(component):
        return step()(component)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        if unknown := set(ignore) - set(signature.parameters):
            raise InvalidArgument(
                f"{function.__name__} has no parameter {min(unknown)!r} to ignore"
            )
        others = list(code) if isinstance(code, (list, tuple)) else [code]
        runs = [version if version is not None else function, *others]

        def begin(arguments: tuple[Any, ...], named: dict[str, Any]) -> Step:
            bound = signature.bind(*arguments, **named)
            bound.apply_defaults()
            inputs, parameters = {}, {}
            for name, value in _flat(bound).items():
                if name in ignore:
                    continue
                if read := _artifacts(value):
                    inputs[name] = read
                else:
                    parameters[name] = value
            return current_run().execution(
                component or function.__name__,
                parameters=parameters,
                inputs=inputs,
                cache=cache,
                code=runs,
            )

        def record(going_on: Step, returned: Any) -> None:
            for role, made in _roles(function, output, returned).items():
                for artifact in made:
                    going_on.output(role, artifact)

        def answer(over: Step) -> Any:
            if output is not None:
                return over.outputs[output][0]
            return {role: list(made) for role, made in over.outputs.items()} or None

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wait(*arguments: Any, **named: Any) -> Any:
                async with begin(arguments, named) as going_on:
                    if going_on.cached is None:
                        record(going_on, await function(*arguments, **named))
                return answer(going_on)

            return wait

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            with begin(arguments, named) as going_on:
                if going_on.cached is None:
                    record(going_on, function(*arguments, **named))
            return answer(going_on)

        return call

    return decorate


def _flat(bound: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments by name, those of ``**names`` among them."""
    flat: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            flat.update(value)
        elif name not in ("self", "cls") and not (
            kind is inspect.Parameter.VAR_POSITIONAL and not value
        ):
            flat[name] = value
    return flat


def _artifacts(value: Any) -> list[Artifact]:
    """The artifacts that an argument is, if it is nothing else."""
    if isinstance(value, Artifact):
        return [value]
    if isinstance(value, (list, tuple)) and all(isinstance(item, Artifact) for item in value):
        return list(value)
    return []


def _roles(
    function: Callable[..., Any], output: str | None, returned: Any
) -> Mapping[str, Sequence[Artifact]]:
    """What a function returned, by role."""
    if output is not None:
        if isinstance(returned, Artifact):
            return {output: [returned]}
        expected = f"an artifact, its {output!r}"
    elif returned is None:
        return {}
    elif isinstance(returned, Mapping) and all(
        isinstance(made, Artifact) or _artifacts(made) for made in returned.values()
    ):
        return {
            str(role): [made] if isinstance(made, Artifact) else list(made)
            for role, made in returned.items()
        }
    else:
        expected = "artifacts by role, or nothing (or name its one role: output='model')"
    raise InvalidArgument(
        f"{function.__name__} is a step, and returned a {type(returned).__name__}; expected"
        f" {expected}"
    )
