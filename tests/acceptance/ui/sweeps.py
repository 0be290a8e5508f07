"""A sweep that pages are looked at with: many runs, long curves, and hostile names."""

from __future__ import annotations

HOSTILE = (
    '<script>document.title = "run"</script> \u202egnp.exe\x1b[2J "\' '
    + "very long " * 60
    + "\U0001f600"
)


def record_sweep(store, number=12):
    """Runs that were told something, measured something, and logged it step by step; one
    failed, and is called what no page should obey."""
    for trial in range(number):
        rate = 10.0**-trial
        with store.run("sweep", name=f"trial {trial}", capture=()) as run:
            with run.execution(
                "Train", parameters={"rate": rate, "text": f"a\n{trial}\nb"}
            ) as step:
                for at in range(3000):
                    step.log(loss=1 / (1 + at * rate), step=at)
                step.output(
                    "model", "s3://m", type="Model", properties={"accuracy": trial / number}
                )
    try:
        with store.run("sweep", name=HOSTILE[:200], capture=()) as run:
            with run.execution("Train", parameters={HOSTILE[:40]: HOSTILE}) as step:
                step.output("model", "s3://" + HOSTILE, type="Model", name=HOSTILE[:200])
                raise ValueError(HOSTILE)
    except ValueError:
        pass
    return store
