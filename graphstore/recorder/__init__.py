"""Recording as it runs: runs, steps, and what becomes of their records.

`step` and `run` know nothing of a store: they send records. `channel` delivers these at once, or
spools them while the store does not answer.
"""

from graphstore.recorder.decorator import step
from graphstore.recorder.run import Run, current_run
from graphstore.recorder.step import Step, current_step

__all__ = ["Run", "Step", "current_run", "current_step", "step"]
