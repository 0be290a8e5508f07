"""Functions as steps: what is passed to them is recorded, and what they return."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextvars import copy_context
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar, overload

from graphstore.errors import InvalidArgument
from graphstore.model.nodes import Artifact
from graphstore.recording.binding import binds
from graphstore.recording.capture.source import OWN_DECORATOR, Body
from graphstore.recording.code import Code, Dependencies
from graphstore.recording.describing import State
from graphstore.recording.returned import Returned, again, by_annotation, hints_of
from graphstore.recording.run import current_run
from graphstore.recording.step import Caching, Step
from graphstore.storage.writing.publish import Cached

__all__ = ["step"]

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger("graphstore")


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
    strict: bool | None = None,
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
    strict: bool | None = None,
) -> Any:
    """Make each call of a function a step of the run that goes on.

    ::

        @graphstore.step("Trainer", output="model", cache=True)
        def train(examples: Artifact, rate: float = 0.1) -> Artifact:
            ...
            return Artifact(type="Model", uri="models/1")

    **Arguments** that are artifacts are its inputs by the name of the parameter, wherever they
    stand in lists, dicts, dataclasses and the like (`examples.train`); all else are its parameters,
    defaults included. What counts when it is asked whether the step was done before:

    - each argument, by value (`graphstore.recording.values.arguments_of`), and of an object its
      class, too; a `pathlib.Path` counts by its text and by the contents of what stands there, a
      text by itself; an artifact by its contents and its properties;
    - of a method the state of its object, recorded as the parameter `self`. It counts with `cache`,
      and is not recorded without. Artifacts in it are no inputs: pass those as arguments;
    - the code: that of the function as it is loaded, the values that it closes over, what
      decorators made of it, and that of `code`, each as the function would find it now.

    What cannot be told from something else makes the step run, and a warning names it.

    **It returns** to its caller what it returned, each artifact as it was stored. Artifacts, paths
    and uris in that are its outputs, numbers its metrics, all else is described
    (`recording.returned`). A call that could be skipped returns the same again; one whose
    value was only described is not skipped. An ``async def`` is a step as well; so is what
    returns a coroutine, which ends as that does, and is not skipped. A generator is one
    that goes on from its first item to its last, and is CANCELED if nobody asks for all of them;
    the artifacts that it yields are its outputs. `current_step` is the step within it.

    Args:
        component: The name of the execution type; by default that of the function.
        output: The role of what it returns.
        cache: Whether a call may be skipped if it was done before: then what was made before is
            looked at, must be what it was, and is returned. ``"trust"`` does not look;
            ``"verify"`` is another word for True.
        version: The version of its code, in place of its source.
        code: Other functions, classes or modules that it depends on, whose code counts too.
        ignore: Parameters that are not recorded: a logger, a connection.
        strict: Whether an argument that cannot be recorded as it is, and a value that is no
            artifact, are refused; None: as the run says.

    Raises:
        InvalidArgument: If the function has no such parameter to `ignore`, or is an asynchronous
            generator. When it is called, if that is strict.
        FailedPrecondition: When it is called, if no run goes on.
    """
    if callable(component):
        return step()(component)

    def decorate(function: Any) -> Any:
        if isinstance(function, (staticmethod, classmethod)):
            return type(function)(decorate(function.__func__))
        name = _name(function)
        if _is(inspect.isasyncgenfunction, function):
            raise InvalidArgument(
                f"{name} is an asynchronous generator, and a step ends when its function does:"
                " return a list, or record with `async with run.execution(...)`"
            )
        signature = inspect.signature(function)
        if unknown := set(ignore) - set(signature.parameters):
            raise InvalidArgument(f"{name} has no parameter {min(unknown)!r} to ignore")
        others = Dependencies(function, code)
        own = version if version is not None else Body(function)
        hint = hints_of(function).get("return")

        def begin(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Step:
            binding = signature.bind(*arguments, **keywords)
            binding.apply_defaults()
            parameters = _flat(binding)
            first = next(iter(binding.arguments), "")
            by_place = first and signature.parameters[first].kind in _BY_PLACE
            if arguments and by_place and binds(arguments[0], wrapper):
                bound_to = parameters.pop(first, None)
                if cache and first not in ignore:
                    parameters = {first: State(bound_to), **parameters}
            parameters = {key: v for key, v in parameters.items() if key not in ignore}
            run = current_run()
            going_on = run.execution(
                component or name,
                parameters=parameters,
                inputs=run._recording.flow.inputs(parameters),
                cache=cache,
                code=[own, *others.now()],
                strict=strict,
            )
            going_on.accepts = lambda hit: _given_again(hit, output, function) is not _NOTHING
            return going_on

        def record(going_on: Step, value: Any) -> Returned:
            if going_on.strict:
                _require_artifacts(name, output, value)
            try:
                outcome = Returned(value, output, name, hint)
                going_on.returned(outcome)
            except Exception as error:
                if going_on.strict:
                    raise
                # Of the value's own: a property that fails, say. The caller gets it all the same.
                _log.warning(
                    "not all that %s returned is recorded: %s was raised as it was looked at",
                    name,
                    type(error).__name__,
                )
                outcome = Returned(None, output, name)
                going_on.returned_unknown()
                return outcome.standing_for(value)
            if outcome.described_types:
                kinds = ", ".join(dict.fromkeys(outcome.described_types))
                _log.warning(
                    "%s returned %s, which is described, and cannot be given again: a call of it is"
                    " not skipped",
                    name,
                    kinds,
                )
            elif output is not None and value is None:
                _log.warning("%s returned None, and so made no %r", name, output)
            return outcome

        def as_output(going_on: Step, item: Any) -> Any:
            """What a generator yields, as an output that whoever takes it may read at once."""
            if not isinstance(item, Artifact):
                return item
            try:
                return going_on.output(output or "output", item)
            except Exception:  # at the end it is told what is wrong with it
                return item

        def answer(going_on: Step, outcome: Returned | None, *values: Any) -> Any:
            if outcome is not None:
                template, value = outcome.template, outcome.as_stored(going_on.outputs)
            else:
                assert going_on.cached is not None
                template = going_on.cached.execution.properties.get("returned")
                value = _given_again(going_on.cached, output, function)
            if isinstance(template, dict):
                try:
                    going_on._recording.flow.add(value, template, going_on.outputs, values)
                except Exception:  # of the value's own, which its caller gets all the same
                    _log.debug("what %s returned cannot be looked through", name)
            return value

        async def awaited(going_on: Step, work: Awaitable[Any], *values: Any) -> Any:
            """What a function gives that returned its work, which is only done as it is awaited."""
            going_on.take_on()
            try:
                outcome = record(going_on, await work)
                going_on.returned_unknown()  # that it is to be awaited is not given again
            except BaseException as error:
                await going_on.__aexit__(type(error), error, error.__traceback__)
                raise
            await going_on.__aexit__(None, None, None)
            return answer(going_on, outcome, *values)

        wrapper: Any
        if _is(inspect.iscoroutinefunction, function):

            @functools.wraps(function)
            async def wait(*arguments: Any, **keywords: Any) -> Any:
                outcome = None
                async with begin(arguments, keywords) as going_on:
                    if going_on.cached is None:
                        outcome = record(going_on, await function(*arguments, **keywords))
                return answer(going_on, outcome, arguments, keywords)

            wrapper = wait

        elif _is(inspect.isgeneratorfunction, function):

            @functools.wraps(function)
            def produce(*arguments: Any, **keywords: Any) -> Generator[Any, None, Any]:
                going_on = begin(arguments, keywords)
                # The step is current within the generator, and not where its items go.
                context = copy_context()
                context.run(going_on.__enter__)
                outcome = None
                try:
                    if going_on.cached is not None:
                        items, result = answer(going_on, None, arguments, keywords), None
                        yield from items
                    else:
                        items = []
                        generator = context.run(function, *arguments, **keywords)
                        try:
                            item = context.run(next, generator)
                            while True:
                                item = as_output(going_on, item)
                                items.append(item)
                                try:
                                    answered = yield item
                                except GeneratorExit:
                                    raise
                                except BaseException as error:
                                    item = context.run(generator.throw, error)
                                else:
                                    item = context.run(generator.send, answered)
                        except StopIteration as stop:
                            result = stop.value
                        finally:
                            context.run(generator.close)
                        outcome = record(going_on, items)
                        if result is not None:  # items are all that can be given again
                            going_on.returned_unknown()
                except BaseException as error:
                    context.run(going_on.__exit__, type(error), error, error.__traceback__)
                    raise
                context.run(going_on.__exit__, None, None, None)
                if outcome is not None:
                    answer(going_on, outcome, arguments, keywords)
                return result

            wrapper = produce

        else:

            @functools.wraps(function)
            def call(*arguments: Any, **keywords: Any) -> Any:
                outcome = None
                with begin(arguments, keywords) as going_on:
                    if going_on.cached is None:
                        value = function(*arguments, **keywords)
                        if type(value) is CoroutineType:
                            going_on.hand_on()
                            return awaited(going_on, value, arguments, keywords)
                        outcome = record(going_on, value)
                return answer(going_on, outcome, arguments, keywords)

            wrapper = call

        return wrapper

    setattr(decorate, OWN_DECORATOR, True)
    return decorate


setattr(step, OWN_DECORATOR, True)
_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NOTHING = object()


def _is(kind: Callable[[Any], bool], function: Any) -> bool:
    """Whether a function is of a kind, or an object whose call is."""
    return kind(function) or kind(getattr(type(function), "__call__", None))  # noqa: B004


def _given_again(hit: Cached, output: str | None, function: Callable[..., Any]) -> Any:
    """What a step returned that stands in for this one; `_NOTHING` if it cannot be given again."""
    template = hit.execution.properties.get("returned")
    try:
        if isinstance(template, dict):
            return again(template, hit.outputs, function)
        if output is not None:
            artifacts = hit.outputs.get(output, ())
            return artifacts[0] if artifacts else None
        return by_annotation(hit.outputs, function)
    except (LookupError, TypeError, ValueError):
        return _NOTHING


def _flat(binding: inspect.BoundArguments) -> dict[str, Any]:
    """The arguments by name, those of ``**names`` among them."""
    flat: dict[str, Any] = {}
    for name, value in binding.arguments.items():
        kind = binding.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            # f(x, /, **names) may be called with another x.
            flat |= {f"{name}.{k}" if k in flat else k: v for k, v in value.items()}
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            flat[name] = value
    return flat


def _name(function: Any) -> str:
    """What a function is called, or what is made of one, or the class of what is called as one."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


def _require_artifacts(name: str, output: str | None, value: Any) -> None:
    """Refuse what is neither an artifact, with `output`, nor artifacts by role, without.

    Raises:
        InvalidArgument: If it is not.
    """
    if output is not None:
        right, expected = isinstance(value, Artifact), f"an artifact, its {output!r}"
    else:
        right = value is None or (isinstance(value, dict) and all(map(_is_made, value.values())))
        expected = "artifacts by role, or nothing (or name its one role: output='model')"
    if not right:
        raise InvalidArgument(
            f"{name} is a step, and returned a {type(value).__name__}; expected {expected}"
        )


def _is_made(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, Artifact) for item in value)
    return isinstance(value, Artifact)
