"""RO-Crate: a lineage as a folder that says what is in it (extra `rocrate`)."""

from graphstore.interop.rocrate.exporter import Crate, export_rocrate

__all__ = ["Crate", "export_rocrate"]
