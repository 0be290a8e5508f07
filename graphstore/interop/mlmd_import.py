"""Imports ML Metadata's SQLite files; see `graphstore.interop.mlmd.sqlite.importer`."""

from graphstore.interop.mlmd.sqlite.importer import ImportReport, TableReport, import_mlmd

__all__ = ["ImportReport", "TableReport", "import_mlmd"]
