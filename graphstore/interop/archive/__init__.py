"""Archives: a store, or a part of it, as one file.

`export_archive` writes it and `import_archive` reads it; what is in it is in `docs/archive.md`.
"""

from graphstore.interop.archive.exporter import ExportReport, export_archive
from graphstore.interop.archive.importer import import_archive
from graphstore.interop.archive.report import ArchiveReport, LineReport

__all__ = ["ArchiveReport", "ExportReport", "LineReport", "export_archive", "import_archive"]
