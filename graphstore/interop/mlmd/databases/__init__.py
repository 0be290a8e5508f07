"""ML Metadata's databases: read as they are, without its wheel."""
