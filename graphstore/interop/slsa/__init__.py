"""SLSA: how something was built, as a statement of in-toto."""

from graphstore.interop.slsa.exporter import BUILD_TYPE, export_slsa

__all__ = ["BUILD_TYPE", "export_slsa"]
