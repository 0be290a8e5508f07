"""The workloads: each gives one or more results."""
