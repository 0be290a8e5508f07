"""A signature's file: a Sigstore bundle, in which an in-toto statement names files and digests.

The subject's digest is the SHA-256 over the raw digests of the files in their order, also of a
single file, which is called ``.``. The names are in the predicate alone, so that two models with
the same contents under other names have one subject.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from graphstore.check_proof import STATEMENT
from graphstore.errors import FailedPrecondition, InvalidArgument, MissingExtra, UnsupportedFile
from graphstore.proof.envelope import pae

__all__ = ["Bundle", "read_bundle"]

_PREDICATE = "https://model_signing/signature/v1.0"
_HASHES = {256: "SHA256", 384: "SHA384", 521: "SHA512"}


@dataclass(frozen=True)
class Bundle:
    """What a signature is of."""

    subject: str
    """What the signer called the model."""
    files: Mapping[str, str]
    """The SHA-256 of each file, by its path in the model; of a file by itself ``.``."""
    left_out: Sequence[str]
    """Paths that the signer left out, with all below them."""
    payload: bytes
    signature: bytes

    def leaves_out(self, name: str) -> bool:
        """Whether the signer left out a file of this name."""
        path = PurePosixPath(name)
        return any(path.is_relative_to(one) for one in self.left_out)

    def is_signed_with(self, key: Path) -> bool:
        """Whether it is signed with a key.

        Args:
            key: A file with the public key, an elliptic curve's in PEM.

        Raises:
            FailedPrecondition: If the file cannot be read.
            InvalidArgument: If there is no such key in it.
            MissingExtra: If the extra ``proof`` is not installed.
        """
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric import ec
            from cryptography.hazmat.primitives.serialization import load_pem_public_key
        except ImportError:
            raise MissingExtra("checking a signature", "proof", "cryptography") from None
        try:
            public = load_pem_public_key(key.read_bytes())
        except OSError as error:
            raise FailedPrecondition(f"cannot read {key}: {error.strerror or error}") from error
        except Exception as error:  # of damaged keys many kinds are raised
            raise InvalidArgument(f"{key} is no public key in PEM: {error}") from error
        size = public.curve.key_size if isinstance(public, ec.EllipticCurvePublicKey) else 0
        if size not in _HASHES:
            raise InvalidArgument(f"{key} is no key of an elliptic curve that model-signing takes")
        algorithm = ec.ECDSA(getattr(hashes, _HASHES[size])())
        try:
            public.verify(self.signature, pae(STATEMENT, self.payload), algorithm)
        except InvalidSignature:
            return False
        return True


def read_bundle(path: Path) -> Bundle:
    """The signature in a file.

    Raises:
        FailedPrecondition: If it cannot be read.
        UnsupportedFile: If it is none of model-signing's from version 1.0 on, is not of whole
            files by SHA-256, or contradicts itself.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FailedPrecondition(f"cannot read {path}: {error.strerror or error}") from error
    try:
        envelope = json.loads(data)["dsseEnvelope"]
        payload = b64decode(envelope["payload"], validate=True)
        (signature,) = envelope["signatures"]
        statement = json.loads(payload)
        predicate_type = statement["predicateType"]
        if envelope["payloadType"] != STATEMENT or predicate_type != _PREDICATE:
            raise ValueError(f"it is a statement of {predicate_type!r}, and not of {_PREDICATE!r}")
        return _bundle(statement, payload, b64decode(signature["sig"], validate=True))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnsupportedFile(f"{path} is no signature by model-signing: {error}") from error


def _bundle(statement: Mapping[str, Any], payload: bytes, signature: bytes) -> Bundle:
    (subject,) = statement["subject"]
    predicate = statement["predicate"]
    how = predicate["serialization"]
    if how["method"] != "files":
        raise ValueError(f"it is of {how['method']!r}: only whole files can be compared")
    files: dict[str, str] = {}
    over = sha256()
    for one in predicate["resources"]:
        if one["algorithm"] != "sha256":
            raise ValueError(f"it is by {one['algorithm']!r}: only sha256 can be compared")
        if one["name"] in files:
            raise ValueError(f"it names {one['name']!r} twice")
        over.update(bytes.fromhex(one["digest"]))
        files[str(one["name"])] = one["digest"].lower()
    if over.hexdigest() != subject["digest"]["sha256"]:
        raise ValueError("its files are not those that its subject is of")
    left_out = [str(one) for one in how.get("ignore_paths", ())]
    return Bundle(str(subject["name"]), files, left_out, payload, signature)
