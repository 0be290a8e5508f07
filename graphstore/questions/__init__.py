"""The questions that people open a provenance store for, each answered by one call of the store."""
