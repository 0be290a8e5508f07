"""`graphstore serve` is told to stop by a signal."""

from __future__ import annotations

import subprocess
import sys

AT_EACH_STEP = """
import os, signal, sys, threading
from graphstore.cli.serving import Signals

def stopped_at(step):
    '''Whether the thread that waits took so many steps; then, or else soon, came a signal.'''
    signals = Signals()
    steps = 0
    sent = False

    def trace(frame, event, argument):
        nonlocal steps, sent
        if event == "line" and not sent:
            steps += 1
            if steps == step:
                sent = True
                os.kill(os.getpid(), signal.SIGTERM)
        return trace

    def otherwise():
        nonlocal sent
        if not sent:
            sent = True
            os.kill(os.getpid(), signal.SIGTERM)

    timer = threading.Timer(0.1, otherwise)
    timer.start()
    sys.settrace(trace)
    signals.wait()
    sys.settrace(None)
    timer.join()
    return steps >= step

step = 1
while stopped_at(step):
    step += 1
print("stopped")
"""


def test_it_is_told_to_stop_at_whatever_step_of_its_waiting_the_signal_comes():
    result = subprocess.run(
        [sys.executable, "-c", AT_EACH_STEP], capture_output=True, text=True, timeout=60
    )
    assert result.stdout == "stopped\n", result.stderr
