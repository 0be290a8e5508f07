"""OpenLineage: its events in, by HTTP or of a file, and out again."""

from graphstore.interop.openlineage.exporter import ExportReport, export_openlineage
from graphstore.interop.openlineage.importer import OpenLineageReport, import_openlineage

__all__ = ["ExportReport", "OpenLineageReport", "export_openlineage", "import_openlineage"]
