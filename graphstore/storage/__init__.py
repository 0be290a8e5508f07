"""One repository a noun: types, artifacts, executions, contexts, events."""
