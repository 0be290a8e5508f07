"""Writing many things as one: an execution with all that belongs to it, batches, and loads."""
