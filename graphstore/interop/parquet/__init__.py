"""Parquet: a store as tables, for engines that read more than one machine holds."""

from graphstore.interop.parquet.exporter import ParquetReport, export_parquet

__all__ = ["ParquetReport", "export_parquet"]
