"""What is known of the contents of an artifact, in one line: its digest, or evidence in its place.

What it is evidence of, it says by its prefix:

``sha256:HEX``
    The whole contents of a file: what ``sha256sum FILE`` prints first.
``sha256-tree:HEX``
    The whole contents of a folder: the digest of the lines which ``sha256sum`` prints for the files
    in it::

        cd FOLDER && find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum | sha256sum

``sampled:…``, ``sampled-tree:…``
    Sizes, times and samples of a file or a folder that is too large to be read whole
    (`graphstore.recording.digest.samples`).
``etag:…``, ``etag-tree:…``
    What a server says of an object, or of all below a prefix (`recording.digest.remote`).
``version:…``
    A version, by a server or by a person.

Of a folder:

- Links are followed (``-L``): a folder of links, such as a snapshot in Hugging Face's cache, is
  what it shows. A link that leads nowhere, or to a folder that it stands in, counts as nothing.
- Only names and contents count: not modes, times or owners, and not folders without files. A
  folder with no files at all has the digest of the empty text (``-r``).
- Names are escaped as by the sha256sum of GNU coreutils 9.0 or newer; older ones differ in names
  with a carriage return alone.
- A file, and a folder, is read once, however many links lead to it. Where these lead on to more and
  more of each other, so that there are far more ways than things, there is no digest.
"""

from graphstore.recording.digest.contents import tree_digest
from graphstore.recording.digest.inspector import Inspector, check, digest, looking_below
from graphstore.recording.digest.results import Check, Digest, Status, is_of_contents

__all__ = [
    "Check",
    "Digest",
    "Inspector",
    "Status",
    "check",
    "digest",
    "is_of_contents",
    "looking_below",
    "tree_digest",
]
