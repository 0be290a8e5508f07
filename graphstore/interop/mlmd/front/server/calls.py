"""ML Metadata's service as gRPC handlers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import grpc

from graphstore.interop.mlmd.front.answering import Answers, Refusal
from graphstore.interop.mlmd.front.service import METHODS

__all__ = ["handlers"]

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_FOR_EVER = 1e9
"""Seconds. gRPC has no word for no deadline but one that is far away."""


def handlers(
    answers: Answers, caller: Callable[[grpc.ServicerContext], str | None]
) -> dict[str, grpc.RpcMethodHandler]:  # type: ignore[type-arg]
    """A handler for every call, by its name.

    Args:
        answers: What answers.
        caller: Says in whose name a call writes; None for the server's own.
    """
    return {
        name: grpc.unary_unary_rpc_method_handler(partial(_answer, answers, caller, name))
        for name in METHODS
    }


def _answer(
    answers: Answers,
    caller: Callable[[grpc.ServicerContext], str | None],
    method_name: str,
    data: bytes,
    context: grpc.ServicerContext,
) -> bytes:
    seconds = context.time_remaining()
    left = None if seconds is None or seconds > _FOR_EVER else seconds
    if (left is None or left > 0) and not context.is_active():
        _abort(context, grpc.StatusCode.CANCELLED, "the client is gone")
    try:
        return answers.answer(method_name, data, caller(context), left)
    except Refusal as refusal:
        _abort(context, _CODES[int(refusal.code)], refusal.details)


def _abort(context: Any, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, details)
    raise AssertionError("unreachable")
