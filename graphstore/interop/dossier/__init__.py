"""The dossier of a model for a regulator: a page to print, with the other formats beside it."""

from graphstore.interop.dossier.writer import Dossier, write_dossier

__all__ = ["Dossier", "write_dossier"]
