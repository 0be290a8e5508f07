"""What people decide on pages: which model is preferred, what serves where, and what no more.

Each form has an address of its own, ``/a45/deploy``, and stands on the page of its artifact, too.
What is recorded is that of `graphstore.recording.decisions`, in the name of who sends the form;
nothing is deleted by a page.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from graphstore.errors import FailedPrecondition, InvalidArgument
from graphstore.model.nodes import NodeRef
from graphstore.model.refs import reference, references
from graphstore.web.pages.frame import Asked, Form, Values, View

__all__ = ["FORMS"]

_TITLES = {"deploy": "Deploy", "decide": "Decide on", "retire": "Retire"}


def _show(what: str, asked: Asked, values: Values, wrong: str) -> View:
    """A form by itself, with what was typed and what is wrong with it."""
    ref = NodeRef.parse(asked.path["ref"])
    facts = {"what": what, "ref": ref.short, "values": values, "wrong": wrong, "metrics": ()}
    return View(f"{_TITLES[what]} {ref.short}", "form.html", facts)


def _deploy(asked: Asked, values: Values) -> str:
    ref = reference(asked.path["ref"], "artifact")
    asked.store.decisions.deploy(
        ref,
        _text(values, "target"),
        uri=_text(values, "uri") or None,
        replaces=[] if _text(values, "beside") else None,
        reason=_reason(values),
        actor=asked.by,
        external_id=asked.external_id,
    )
    return f"/{ref.short}#went"


def _decide(asked: Asked, values: Values) -> str:
    store, ref = asked.store, reference(asked.path["ref"], "artifact")
    verdict = _text(values, "verdict")
    if verdict not in ("preferred", "rejected"):
        raise InvalidArgument(f"verdict={verdict}: expected preferred or rejected")
    baseline = _refs(values, "baseline")
    if len(baseline) > 1:
        raise InvalidArgument(f"baseline: one artifact, found {len(baseline)}")
    metric, threshold = _text(values, "metric"), _number(values, "threshold")
    if not metric and (threshold is not None or _text(values, "smallest")):
        raise InvalidArgument("threshold and smallest are about a metric: name the metric")
    candidates = list(dict.fromkeys([ref, *_refs(values, "candidates")]))
    for one in store.artifacts.get_many([*candidates, *baseline]):
        # Since the page was looked at, say; not since this very form was sent before.
        if one.deletion is not None and not _is_recorded(asked):
            raise FailedPrecondition(
                f"{one.ref.short} was {one.deletion}: what is not there is not decided on"
            )
    store.decisions.record(
        ref if verdict == "preferred" else None,
        candidates=candidates,
        baseline=baseline[0] if baseline else None,
        metric=metric or None,
        smallest=bool(_text(values, "smallest")),
        threshold=threshold,
        criterion=_text(values, "criterion") or None,
        reason=_reason(values),
        actor=asked.by,
        external_id=asked.external_id,
    )
    return f"/{ref.short}#why"


def _is_recorded(asked: Asked) -> bool:
    known = [] if asked.external_id is None else [asked.external_id]
    return bool(known and asked.store.executions.list_by_external_id(known))


def _retire(asked: Asked, values: Values) -> str:
    ref = reference(asked.path["ref"], "artifact")
    asked.store.decisions.retire(
        ref, reason=_reason(values), actor=asked.by, external_id=asked.external_id
    )
    return f"/{ref.short}#deployment"


def _text(values: Values, name: str) -> str:
    return values.get(name, "").strip()


def _reason(values: Values) -> str:
    """
    Raises:
        InvalidArgument: If there is none: who looks at it in a year wants to know.
    """
    if not (reason := _text(values, "reason")):
        raise InvalidArgument("reason: say why")
    return reason


def _number(values: Values, name: str) -> float | None:
    text = _text(values, name)
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise InvalidArgument(f"{name}={text}: expected a number")
    return number


def _refs(values: Values, name: str) -> list[NodeRef]:
    """Artifacts by their ids, with blanks or commas between them."""
    return list(references(_text(values, name).replace(",", " ").split(), "artifact"))


_SENDS: dict[str, Callable[[Asked, Values], str]] = {
    "deploy": _deploy,
    "decide": _decide,
    "retire": _retire,
}
FORMS = tuple(
    Form(f"/{{ref:artifact}}/{what}", partial(_show, what), send) for what, send in _SENDS.items()
)
