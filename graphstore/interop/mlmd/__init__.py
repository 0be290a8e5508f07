"""ML Metadata: its service over a store (`front`), and its SQLite files (`sqlite`)."""
