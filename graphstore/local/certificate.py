"""The certificate by which the server of a local store is known: nobody else has its key.

A driver sends the password as soon as something answers at the address. If the server has died,
that may be another user's program which took its port. So the server speaks TLS with a certificate
of its own, made before its first start, and drivers talk to nobody who does not prove to have it.

It is made by Java's own `keytool`, whose classes are in every Java, also in one that comes without
its programs. Keytool writes a key store (PKCS #12, RFC 7292), and Neo4j reads PEM.
"""

from __future__ import annotations

import base64
import secrets
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from graphstore.errors import StartFailed
from graphstore.local.ports import HOST
from graphstore.system.folders import make_private, write_private

__all__ = ["Certificate"]

_KEYTOOL = ("-m", "java.base/sun.security.tools.keytool.Main")
# So that the certificate is in the clear in the key store; the key itself stays encrypted.
_IN_THE_CLEAR = (
    "-Dkeystore.pkcs12.certProtectionAlgorithm=NONE",
    "-Dkeystore.pkcs12.macAlgorithm=NONE",
)
_WISH = (
    *("-genkeypair", "-alias", "bolt", "-keyalg", "EC", "-groupname", "secp256r1"),
    *("-dname", "CN=a local store of graphstore", "-ext", f"san=ip:{HOST}", "-ext", "bc:c=ca:true"),
    # It ends with its store. From a day ago, lest a clock that is set back makes it invalid.
    *("-startdate", "-1d", "-validity", "36500", "-storetype", "PKCS12"),
)
# Object identifiers in DER: a key that is encrypted (pkcs8ShroudedKeyBag), an X.509 certificate.
_KEY = bytes.fromhex("060b2a864886f70d010c0a0102")
_X509 = bytes.fromhex("060a2a864886f70d01091601")


@dataclass(frozen=True)
class Certificate:
    """The certificate of one store, and the key to it, in a folder of their own."""

    folder: Path

    @classmethod
    def of(cls, store: Path) -> Certificate:
        """The one of the store in a folder, whether it is there or not."""
        return cls(store / "certificate")

    @property
    def file(self) -> Path:
        """The certificate, which is no secret."""
        return self.folder / "bolt.crt"

    @property
    def key(self) -> Path:
        """The key, encrypted by the words in `passphrase`."""
        return self.folder / "bolt.key"

    @property
    def passphrase(self) -> Path:
        """What the key is encrypted by, since keytool writes no other; for the user alone."""
        return self.folder / "passphrase"

    def exists(self) -> bool:
        """Whether all of it is there."""
        return all(file.exists() for file in (self.key, self.passphrase, self.file))

    def make(self, java: Path) -> None:
        """Make a new one.

        Raises:
            StartFailed: If this Java does not make any.
        """
        make_private(self.folder)
        write_private(self.passphrase, secrets.token_hex(20) + "\n")
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            store = Path(folder, "keystore")
            files = ("-keystore", str(store), "-storepass:file", str(self.passphrase))
            process = subprocess.run(
                [str(java), *_IN_THE_CLEAR, "-XX:TieredStopAtLevel=1", *_KEYTOOL, *_WISH, *files],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
            )
            if process.returncode != 0 or not store.exists():
                output = (process.stdout + process.stderr).strip()[-600:]
                raise StartFailed(f"{java} made no certificate for the local store: {output}")
            keystore = store.read_bytes()
        key = base64.encodebytes(_after(keystore, _KEY)).decode()
        name = "ENCRYPTED PRIVATE KEY"
        write_private(self.key, f"-----BEGIN {name}-----\n{key}-----END {name}-----\n")
        certificate = _value(_after(keystore, _X509))
        write_private(self.file, ssl.DER_cert_to_PEM_cert(certificate))

    def settings(self) -> list[str]:
        """The lines of neo4j.conf that have Neo4j prove itself by it.

        Who asks without TLS is answered too: Neo4j Browser, whose page no certificate of our own
        can satisfy.
        """
        policy = "dbms.ssl.policy.bolt"
        return [
            "server.bolt.tls_level=OPTIONAL",
            f"{policy}.enabled=true",
            f"{policy}.base_directory={self.folder.as_posix()}",
            f"{policy}.private_key={self.key.name}",
            f"{policy}.private_key_password={self.passphrase.read_text(encoding='utf-8').strip()}",
            f"{policy}.public_certificate={self.file.name}",
            f"{policy}.client_auth=NONE",
        ]


def _after(data: bytes, identifier: bytes) -> bytes:
    """The one value within the tag ``[0]`` that follows an object identifier."""
    at = data.index(identifier) + len(identifier)
    return _value(data[at:])


def _value(data: bytes) -> bytes:
    """What is in the first value of `data`, in DER (X.690, 8.1.3)."""
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(data[2:at], "big")
    return data[at : at + size]
