"""Imports ML Metadata's databases; see `graphstore.interop.mlmd.databases.importer`."""

from graphstore.interop.mlmd.databases.importer import ImportReport, TableReport, import_mlmd

__all__ = ["ImportReport", "TableReport", "import_mlmd"]
