"""What is promised of every way to write an execution, and who keeps it.

`plans` says an execution in no way's words, and reads the graph back; `ways` writes it in each way;
`test_promises` holds each promise for each of them. ``python -m tests.integration.promises`` runs
all that, and prints the table that stands in docs/writing.md.
"""
