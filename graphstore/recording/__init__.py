"""Recording as it runs: runs, steps, and what becomes of their records.

`step` and `run` know nothing of a store: they send records. `channel` delivers these at once, or
spools them while the store does not answer.
"""
