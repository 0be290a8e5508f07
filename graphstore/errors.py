"""What can go wrong, as one tree.

::

    StoreError
    ├── InvalidArgument (ValueError)      what was asked cannot be right
    │   ├── InvalidProperty               a property that its type does not allow
    │   └── UnsupportedFile               a file that is not what an importer reads
    ├── NotFound (LookupError)            there is no such thing
    ├── OutOfRange (IndexError)           an index points beyond what was given
    ├── AlreadyExists                     a name or id that must be unique is taken
    ├── FailedPrecondition                the store is not in the state that the call needs
    │   ├── PublicationRefused            one of many publications was refused
    │   ├── Deleted                       what is to be changed was deleted, and stays so
    │   ├── Conflict                      somebody changed the node since it was read
    │   ├── ForeignNode                   a node that is given is of another store
    │   ├── FixedBaseType                 a type has another base type, and keeps it
    │   ├── UnsupportedServer             the server is too old, or not Neo4j
    │   ├── ForeignDatabase               the database holds somebody else's data
    │   └── NewerDatabase                 a newer graphstore wrote the database
    ├── Unavailable (ConnectionError)     the server does not answer
    ├── Unauthenticated                   the server refuses the user or the password
    ├── PermissionDenied                  the user may not do this
    ├── OutsideNamespace                  a token is bound to a namespace, and may not do this
    ├── Aborted                           the server gave the transaction up; try again
    ├── DeadlineExceeded (TimeoutError)   a query ran longer than it may
    ├── ResourceExhausted                 a query needs more memory than the server gives it
    ├── LocalServerError                  the local Neo4j
    │   ├── JavaNotFound                  no Java that it runs on
    │   ├── DownloadFailed                its jars could not be fetched
    │   ├── PortInUse                     a port that was asked for is taken
    │   ├── DatabaseOffline               its server runs, and the database in it does not
    │   ├── DiskFull                      no room for it
    │   ├── NewerData                     a newer Neo4j wrote its data folder
    │   └── StartFailed                   it did not come up
    ├── Unimplemented                     ML Metadata's service has it, and graphstore does not
    └── MissingExtra (ImportError)        an optional part is not installed

The words are those of ML Metadata and gRPC. A message says what was asked, what was found and,
where it is known, what to do; the facts in it are also attributes.
"""

from __future__ import annotations

from typing import Any

from graphstore.printable import printable

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Conflict",
    "DatabaseOffline",
    "DeadlineExceeded",
    "Deleted",
    "DiskFull",
    "DownloadFailed",
    "FailedPrecondition",
    "FixedBaseType",
    "ForeignDatabase",
    "ForeignNode",
    "InvalidArgument",
    "InvalidProperty",
    "JavaNotFound",
    "LocalServerError",
    "MissingExtra",
    "NewerData",
    "NewerDatabase",
    "NotFound",
    "OutOfRange",
    "OutsideNamespace",
    "PermissionDenied",
    "PortInUse",
    "PublicationRefused",
    "ResourceExhausted",
    "StartFailed",
    "StoreError",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "UnsupportedFile",
    "UnsupportedServer",
]

DISTRIBUTION = "graphstore-ml"
"""What pip calls the package: on the index, the name `graphstore` belongs to somebody else."""


def brief(value: object, length: int = 60) -> str:
    """`value` as Python writes it, in `length` characters at most: what messages repeat is cut."""
    try:
        # A text of megabytes need not be written out to show how it begins.
        text = repr(value[: length + 1] if isinstance(value, str) else value)
    except Exception:  # somebody else's code, and no reason to hide what went wrong
        text = f"<{type(value).__name__}>"
    return text if len(text) <= length else text[: length - 3] + "..."


def shorten(text: str, length: int) -> str:
    """`text` in `length` characters at most: its beginning and its end."""
    half = (length - 5) // 2
    return text if len(text) <= length else f"{text[:half]} ... {text[-half:]}"


class StoreError(Exception):
    """Something that graphstore reports went wrong."""

    def __str__(self) -> str:
        # Names and values of others stand in messages: whatever they are, it can be read, and a
        # terminal shows it as it is.
        return printable(shorten(super().__str__(), _LONGEST))


_LONGEST = 10_000
"""Characters of a message."""


class InvalidArgument(StoreError, ValueError):
    """What was asked cannot be right."""


class InvalidProperty(InvalidArgument):
    """A property that its type does not allow.

    Attributes:
        type_name: The type that was asked for.
        property_name: The property.
        expected: What the type declares, e.g. ``DOUBLE``.
        found: What was given, e.g. ``str 'high'``.
        node: Which node it is of, e.g. ``the artifact at 's3://models/1'``; empty if that is not
            known.
    """

    def __init__(
        self, type_name: str, property_name: str, expected: str, found: str, node: str = ""
    ) -> None:
        super().__init__(
            f"property {brief(property_name, 200)} of type {brief(type_name, 200)}: expected"
            f" {expected}, found {found}" + (f" (of {node})" if node else "")
        )
        self.type_name, self.property_name = type_name, property_name
        self.expected, self.found, self.node = expected, found, node

    def within(self, node: str) -> InvalidProperty:
        """The same of this node."""
        return InvalidProperty(self.type_name, self.property_name, self.expected, self.found, node)


class UnsupportedFile(InvalidArgument):
    """A file or a database that is not what the importer reads; nothing was written."""


class NotFound(StoreError, LookupError):
    """There is no such thing.

    Attributes:
        kind: What was looked for: ``artifact``, ``execution type``, ...
        key: What it was looked for by, in the order of the message.
    """

    def __init__(self, kind: str, by: str, key: Any, hint: str = "") -> None:
        super().__init__(f"no {kind} has {by} {brief(key, 200)}" + (f"; {hint}" if hint else ""))
        self.kind, self.by, self.key = kind, by, key


class OutOfRange(StoreError, IndexError):
    """An index points beyond what was given."""


class AlreadyExists(StoreError):
    """A name or an id that must be unique is taken."""


class FailedPrecondition(StoreError):
    """The store is not in the state that the call needs."""


class PublicationRefused(FailedPrecondition):
    """One of many executions could not be published; its cause says why.

    Attributes:
        index: Its place among those given, from 0: all before it are stored, none after it.
    """

    def __init__(self, index: int, what: str, cause: Exception) -> None:
        self.index = index
        super().__init__(
            f"number {index} of the publications, {what}, was refused: {cause} (all before it are"
            " stored, it and those after it are not)"
        )


class Deleted(FailedPrecondition):
    """What is to be changed was deleted: it is a tombstone, and stays one.

    Attributes:
        kind: ``artifact``, ``execution`` or ``context``.
        id: Which of them; None if that was not said.
    """

    def __init__(self, kind: str, id: int | None, deletion: str) -> None:
        which = f"the {kind}" if id is None else f"{kind} {id}"
        super().__init__(
            f"{which} was {deletion}; what was deleted is not changed, nor brought back: record"
            " another one, with an external id of its own if it needs one"
        )
        self.kind, self.id = kind, id


class Conflict(FailedPrecondition):
    """Somebody changed the node since it was read; read it again and repeat the change."""


class ForeignNode(FailedPrecondition):
    """A node that was read from another store was given: here its id is that of something else."""


class FixedBaseType(FailedPrecondition):
    """A type has another base type; once it has one, it keeps it."""


class UnsupportedServer(FailedPrecondition):
    """The server is too old, or not Neo4j."""


class ForeignDatabase(FailedPrecondition):
    """The database holds data that graphstore did not write, and no graphstore."""


class NewerDatabase(FailedPrecondition):
    """A newer graphstore wrote the database; install that version or a later one."""


class Unavailable(StoreError, ConnectionError):
    """The server does not answer."""


class Unauthenticated(StoreError):
    """The server refuses the user or the password."""


class PermissionDenied(StoreError):
    """The user may not do this."""


class OutsideNamespace(StoreError):
    """A token that is bound to a namespace may not do this."""


class Aborted(StoreError):
    """The server gave the transaction up, and so did the retries; nothing of it was kept."""


class DeadlineExceeded(StoreError, TimeoutError):
    """A query ran longer than it may; nothing of it was kept."""


class ResourceExhausted(StoreError):
    """A query needs more memory than the server gives it; nothing of it was kept."""


class LocalServerError(StoreError):
    """Something about the local Neo4j."""


class JavaNotFound(LocalServerError):
    """There is no Java that this Neo4j runs on."""


class DownloadFailed(LocalServerError):
    """The jars of Neo4j could not be fetched."""


class PortInUse(LocalServerError):
    """A port that was asked for is taken."""


class DatabaseOffline(LocalServerError):
    """The local Neo4j runs, and its database does not: it is damaged, say."""


class DiskFull(LocalServerError):
    """There is no room on the disk."""


class NewerData(LocalServerError):
    """A newer Neo4j wrote the data folder, and this one cannot read it."""


class StartFailed(LocalServerError):
    """The local Neo4j did not come up."""


class Unimplemented(StoreError):
    """ML Metadata's service has it, and graphstore does not; or it cannot be told as of a time."""


class MissingExtra(StoreError, ImportError):
    """An optional part of graphstore is not installed.

    Attributes:
        extra: The extra that brings it, as in ``pip install 'graphstore-ml[extra]'``.
    """

    def __init__(self, purpose: str, extra: str, package: str, hint: str = "") -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}: pip install '{DISTRIBUTION}[{extra}]'"
            + (f"; {hint}" if hint else "")
        )
        self.extra = extra
