"""ML Metadata's SQLite files: read as they lie there, without its wheel."""
