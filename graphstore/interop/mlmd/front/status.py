"""What an error is to gRPC, and so to ML Metadata's clients: one of its codes."""

from __future__ import annotations

from enum import IntEnum

from graphstore import errors
from graphstore.errors import StoreError

__all__ = ["Code", "code_of", "message_of"]


class Code(IntEnum):
    """gRPC's status codes."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


# The first that fits: a kind stands before what it is a kind of.
_CODES: tuple[tuple[type[StoreError], Code], ...] = (
    (errors.FixedBaseType, Code.UNIMPLEMENTED),  # as ML Metadata has it
    (errors.InvalidArgument, Code.INVALID_ARGUMENT),
    (errors.NotFound, Code.NOT_FOUND),
    (errors.OutOfRange, Code.OUT_OF_RANGE),
    (errors.AlreadyExists, Code.ALREADY_EXISTS),
    (errors.FailedPrecondition, Code.FAILED_PRECONDITION),
    (errors.Unavailable, Code.UNAVAILABLE),
    (errors.LocalServerError, Code.UNAVAILABLE),
    (errors.Unauthenticated, Code.UNAUTHENTICATED),
    (errors.PermissionDenied, Code.PERMISSION_DENIED),
    (errors.OutsideNamespace, Code.PERMISSION_DENIED),
    (errors.Aborted, Code.ABORTED),
    (errors.DeadlineExceeded, Code.DEADLINE_EXCEEDED),
    (errors.ResourceExhausted, Code.RESOURCE_EXHAUSTED),
    (errors.Unimplemented, Code.UNIMPLEMENTED),
    (errors.MissingExtra, Code.UNIMPLEMENTED),
)


def code_of(error: BaseException) -> Code:
    """The code of an error; INTERNAL for what is none of ours."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return Code.INTERNAL


def message_of(error: BaseException) -> str:
    """What a client is told of an error."""
    return str(error) or type(error).__name__
