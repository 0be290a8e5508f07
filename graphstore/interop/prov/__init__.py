"""W3C PROV: a lineage as a document, documents as lineage; by the library `prov` (extra `prov`)."""

from graphstore.interop.prov.exporter import export_prov
from graphstore.interop.prov.importer import ProvReport, import_prov

__all__ = ["ProvReport", "export_prov", "import_prov"]
