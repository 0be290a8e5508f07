"""`Store.seals`: make seals, list them, and compare the store with them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from graphstore.database import Database
from graphstore.errors import FailedPrecondition, InvalidArgument, NotFound
from graphstore.lineage.walks import Lineage
from graphstore.model.refs import NodeLike, reference
from graphstore.model.times import KnownAt, moment
from graphstore.proof.forgetting import forget
from graphstore.proof.keys import Key, load_key, public_key
from graphstore.proof.proving import prove
from graphstore.proof.report import RecordsReport
from graphstore.proof.seal import Seal, file_name, read_seals, seal_in, write_seal
from graphstore.proof.sealing import make_seal
from graphstore.proof.verifying import verify_records
from graphstore.system.folders import data_folder
from graphstore.system.progress import OnProgress, silent

__all__ = ["Seals"]

_PROVEN = 100_000
"""Nodes that are proven at once."""


class Seals:
    """The seals of a store: what was recorded, signed, so that changes by hand are found.

    They need the extra ``proof``.
    """

    def __init__(self, database: Database, lineage: Lineage, address: str) -> None:
        """Those of the store at an address, in a database, whose walks are these."""
        self._database, self._lineage, self._address = database, lineage, address

    @property
    def folder(self) -> Path:
        """Where seals are kept as files unless told, in the user's data folder: one a store."""
        return data_folder() / "seals" / sha256(self._address.encode()).hexdigest()[:16]

    def file_of(self, seal: Seal, folder: Path) -> Path:
        """The file of a seal in a folder."""
        return folder / file_name(seal.number)

    def make(
        self,
        key: Key | None = None,
        *,
        folder: Path | str | None = None,
        on_progress: OnProgress = silent,
    ) -> Seal | None:
        """Seal what was recorded since the last seal and is settled.

        What is from after the oldest transaction that is under way, or from the last second, is
        left to the next seal. It costs what is new. Memory is flat. If it is interrupted there is
        no seal, and the next attempt begins anew.

        Args:
            key: Signs it; by default that which `graphstore.proof.keys.make_key` made.
            folder: Where seals are kept as files besides; the last one there must be the one that
                the store has of its number, and those that are missing are written there. None for
                no folder; `folder` is the one that ``graphstore seal`` takes.
            on_progress: Is told how many records are sealed.

        Returns:
            The seal; None if there is nothing new.

        Raises:
            NotFound: If there is no key.
            FailedPrecondition: If others can read the key's file; if somebody else seals this store
                just now; if the last seal is of a key that this one does not come after, was
                altered, or is not that in the folder.
            MissingExtra: If the extra ``proof`` is not installed.
        """
        key = key or load_key()
        where = None if folder is None else Path(folder)
        files = sorted(where.glob("seal-*.json")) if where is not None and where.is_dir() else []
        last_known = seal_in(files[-1]) if files else None
        seal = make_seal(self._database, key, on_progress, last_known=last_known)
        if where is not None:
            # All that are missing: who was interrupted has a seal without its file.
            for one in read_seals(self._database):
                if not self.file_of(one, where).exists():
                    write_seal(where, one)
        return seal

    def list(self) -> Sequence[Seal]:
        """All seals, in order.

        Raises:
            FailedPrecondition: If one was altered so that it is none any more.
        """
        return read_seals(self._database)

    def moment(self, name: str, text: str) -> KnownAt:
        """The time that a text says, or the seal: ``2026-01-31T12:00``, ``seal:3``.

        Args:
            name: What it is asked for as, for the error: ``--as-of``.
            text: What was given.

        Raises:
            NotFound: If there is no such seal.
            InvalidArgument: If it says neither.
        """
        if not text.startswith("seal:"):
            return moment(name, text)
        number, seals = text.removeprefix("seal:"), self.list()
        for seal in seals:
            if str(seal.number) == number:
                return seal
        there = f"there are seals 1 to {len(seals)}" if seals else "there are no seals"
        raise NotFound("seal", "number", number, there)

    def verify(
        self,
        *,
        keys: Sequence[str] = (),
        folder: Path | str | None = None,
        on_progress: OnProgress = silent,
    ) -> RecordsReport:
        """Compare all that is sealed with what is there, record by record.

        It proves that nothing was altered, removed or put in between since it was sealed, by
        whoever has no key. It proves nothing about what was never recorded, nor about what was
        recorded since the last seal; nor that the last seals were not cut off, unless they are
        compared with files; nor, but by seals that somebody else keeps, about the owner of the key.

        Args:
            keys: Public keys that are trusted, or files that hold one each; by default the user's,
                with all that it succeeds.
            folder: Where seals are kept as files besides.
            on_progress: Is told how many records have been compared.

        Raises:
            NotFound: If no key is given, and there is none of the user's.
            InvalidArgument: If one is no public key; if there is no seal in the folder.
            FailedPrecondition: If others can read the key's file.
            MissingExtra: If the extra ``proof`` is not installed.
        """
        if isinstance(keys, str):
            raise InvalidArgument("keys: give a list of public keys")
        trusted = [public_key(key) for key in keys] or load_key().line
        where = None if folder is None else Path(folder)
        return verify_records(self._database, trusted, on_progress, seals_folder=where)

    def forget(self) -> int:
        """Remove the salts of what was deleted or erased.

        With its salt a leaf tells whether a guess of what was recorded is right. Without, nobody
        can say any more what it was; `verify` counts it as deleted, or as erased.

        Returns:
            How many were removed.
        """
        return forget(self._database)

    def prove(self, of: NodeLike, key: Key | None = None, *, passed_on: bool = False) -> str:
        """What proves how something came to be: a file that ``check_proof.py`` checks alone.

        It has all that led to it as `Lineage.upstream` answers, with what was recorded of each node
        and event, and how that is in a seal. It is a statement of in-toto in an envelope of DSSE.

        Args:
            of: An artifact or an execution: itself, its `NodeRef`, ``"a45"``, an artifact's id.
            key: Signs it; by default the user's. The seals must be of it, or of one it came after.
            passed_on: Whether to follow who only passed something on, too.

        Returns:
            The text of the file.

        Raises:
            NotFound: If there is no such node, or no key.
            FailedPrecondition: If some of it is not sealed yet, or is not what was sealed; if it
                has more than a hundred thousand nodes; if the key does not come after the seals'.
            MissingExtra: If the extra ``proof`` is not installed.
        """
        ref = reference(of, "artifact", "execution")
        graph = self._lineage.upstream(ref, max_nodes=_PROVEN, passed_on=passed_on)
        if graph.truncated:
            raise FailedPrecondition(
                f"more than {_PROVEN:,} nodes led to {ref.short}: that is too much for one proof"
            )
        return prove(self._database, graph, ref, key or load_key())
