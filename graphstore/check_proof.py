"""Checks a file that `graphstore prove` wrote. It needs Python and `cryptography`, nothing else:

    python check_proof.py FILE --key ed25519:...

It ends with 0 if all is proven, and with 1, naming the part, if one is not as it was signed."""

from __future__ import annotations

import argparse
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

STATEMENT, SEAL = "application/vnd.in-toto+json", "application/vnd.graphstore.seal+json"
SUCCESSION = "application/vnd.graphstore.succession+json"
PREDICATE = "urn:graphstore:lineage:1"


class NotProven(Exception):
    """A part of the file is not as it was signed."""


@contextmanager
def part(name: str) -> Iterator[None]:
    """Say which part of the file is not as it must be."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotProven(f"{name}: {ascii(str(error))[1:-1]}") from error


def need(condition: object, why: str) -> None:
    """Refuse a part of the file for a reason, unless a condition holds."""
    if not condition:
        raise ValueError(why)


def dump(value: Any) -> str:
    """The one spelling of JSON (RFC 8785) that has no numbers but whole ones."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_signature(key: str, signature: bytes, type_: str, payload: bytes) -> None:
    """Check a signature as DSSE has it: under the type of a payload, and the payload."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed = b"DSSEv1 %d %b %d %b" % (len(type_), type_.encode(), len(payload), payload)
    need(key.startswith("ed25519:") and key == key.lower(), "its key is none of Ed25519")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key[8:])).verify(signature, signed)
    except InvalidSignature:
        raise ValueError(f"it is not what {key} signed") from None


def opened(envelope: dict[str, Any], type_: str) -> tuple[bytes, str]:
    """What an envelope (DSSE) holds, and the key that signed it."""
    (one,) = envelope["signatures"]
    payload, signature = (b64decode(t, validate=True) for t in (envelope["payload"], one["sig"]))
    check_signature(one["keyid"], signature, type_, payload)
    again = {"keyid": one["keyid"], "sig": b64encode(signature).decode()}
    spelled = {"payload": b64encode(payload).decode(), "payloadType": type_, "signatures": [again]}
    need(envelope == spelled, "it is of another type, or spelled otherwise")
    return payload, one["keyid"]


def follow(keys: list[str], successions: list[dict[str, str]], key: str) -> None:
    """Go on from the last of some keys to another one, which must come after it."""
    for link in successions:
        payload = dump({name: link[name] for name in ("key", "previous", "time")}).encode()
        check_signature(link["previous"], bytes.fromhex(link["signature"]), SUCCESSION, payload)
        need(keys[-1] == link["previous"], "its key does not come after the one before")
        keys.append(link["key"])
    need(keys[-1] == key, f"{key} does not come after the key before")


def seals_in(envelopes: list[dict[str, Any]], keys: list[str]) -> dict[int, dict[str, Any]]:
    """The seals by number: each signed, and each naming the one before."""
    seals: dict[int, dict[str, Any]] = {}
    previous = ""
    for place, envelope in enumerate(envelopes, 1):
        with part(f"seal {place} of the file"):
            payload, key = opened(envelope, SEAL)
            seal = json.loads(payload)
            if seals:
                follow(keys, seal["successions"], key)
                need(seal["previous"] == previous, "it does not name the one before")
            else:
                keys.append(key)
            seals[seal["number"]], previous = seal, sha256(payload).hexdigest()
    return seals


def root_of(digest: bytes, place: int, size: int, path: list[str]) -> str:
    """The root that a leaf at a place among so many leads to by a path (RFC 9162, 2.1.3.2)."""
    at, last = place, size - 1
    for beside in map(bytes.fromhex, path):
        need(0 <= at <= last and last, "its path is too long")
        is_right = at & 1 or at == last
        digest = sha256(b"\x01" + (beside + digest if is_right else digest + beside)).digest()
        while is_right and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    need(at == last == 0, "its path ends below the root")
    return digest.hex()


def lineage_in(entries: list[dict[str, Any]], seals: dict[int, Any], of: Any) -> dict[Any, str]:
    """The nodes of a lineage, and the record of each: as a seal has it, and leading to one node."""
    nodes, before = dict[Any, str](), dict[Any, list[Any]]()
    for number, one in enumerate(entries, 1):
        text = one["record"]
        with part(f"record {number}, {text[:60]!a}..."):
            seal, record = seals[one["seal"]], json.loads(text)
            leaf = sha256(b"\x00" + bytes.fromhex(one["salt"]) + text.encode()).digest()
            root = root_of(leaf, one["place"], seal["size"], one["path"])
            need(root == seal["root"], f"it is not what seal {one['seal']} has")
            if record["record"] == "edge":
                before.setdefault(tuple(record["to"]), []).append(tuple(record["from"]))
            else:
                node = record["kind"], record["properties"]["id"]
                need(nodes.setdefault(node, text) is text, "it comes twice")
    with part("the edges"):
        reached, left = {of}, [of]
        while left:
            new = {*before.pop(left.pop(), ())} - reached
            reached |= new
            left += new
        need(not before and reached == nodes.keys(), f"not joined: {reached ^ nodes.keys()}")
    return nodes


def said(text: str) -> str:
    """What a node says, in short and in ASCII: names of others steer no terminal."""
    properties = json.loads(text)["properties"]
    return "".join(f" {properties[k]!a}" for k in ("type", "name", "uri") if k in properties)


def check(text: str, key: str) -> list[str]:
    """Check a file by a public key that is trusted. Returns what is proven, in lines."""
    with part("the file"):
        envelope, keys = json.loads(text), list[str]()
        need(dump(envelope) + "\n" == text, "it is spelled otherwise")
    with part("the statement"):
        statement = json.loads(b64decode(envelope["payload"], validate=True))
        predicate, digest = statement["predicate"], statement["subject"][0]["digest"]
        kind, id_ = of = tuple(predicate["of"])
        seals = seals_in(predicate["seals"], keys)
        nodes = lineage_in(predicate["records"], seals, of)
        follow(keys, predicate["successions"], opened(envelope, STATEMENT)[1])
        algorithm, _, digits = json.loads(nodes[of])["properties"].get("digest", "").partition(":")
        own = {algorithm: digits} if digits else {"sha256": sha256(nodes[of].encode()).hexdigest()}
        need(statement["predicateType"] == PREDICATE and digest == own, "it is of something else")
    with part("the key"):
        need(key in keys, f"{key} is none of those that signed: {keys}")
    return [
        f"proven: this was recorded of how {kind} {id_} came to be, and sealed",
        *(f"  {node} {number}{said(text)}" for (node, number), text in nodes.items()),
        f"  {len(predicate['records']) - len(nodes)} edges lead from one of these to another",
        *(f"  seal {number} until {seal['until']}" for number, seal in seals.items()),
        f"  signed by {', '.join(dict.fromkeys(keys))}",
        "not proven: that nothing else was recorded, and that what was recorded was true",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        "check_proof", description="Check what graphstore prove wrote."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the public key that is trusted")
    options = parser.parse_args()
    try:
        sys.stdout.write("\n".join(check(options.file.read_bytes().decode(), options.key)) + "\n")
    except (NotProven, OSError, UnicodeDecodeError, ImportError) as error:
        sys.exit(f"not proven: {error}")
