"""Series: what is kept of a metric, and what is always kept."""

import math
from dataclasses import asdict
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from graphstore.model import series as module
from graphstore.model.series import Curves, Series


def series_of(values):
    curves = Curves(clock=count(1_700_000_000).__next__)
    for value in values:
        curves.add("loss", None, value)
    (series,) = curves.take()
    return series


@given(st.lists(st.floats(), min_size=1, max_size=300))
def test_what_matters_is_kept_whatever_was_said(values):
    before, module.POINTS = module.POINTS, 16
    try:
        series = series_of(values)
    finally:
        module.POINTS = before
    assert len(series.steps) == len(series.values) == len(series.millis) <= 16 + 5
    assert series.count == len(values)
    points = dict(zip(series.steps, series.values, strict=True))
    assert list(points) == sorted(points)
    assert all(repr(value) == repr(float(values[step])) for step, value in points.items())
    numbers = [value for value in values if not math.isnan(value)]
    assert (series.min, series.max) == (min(numbers, default=None), max(numbers, default=None))
    assert repr(series.first) == repr(values[0]) and repr(series.last) == repr(values[-1])
    odd = next((n for n, value in enumerate(values) if not math.isfinite(value)), None)
    assert odd is None or odd in points


def test_only_what_is_new_is_taken_and_what_was_not_stored_is_taken_again():
    curves = Curves()
    curves.add("loss", 3, 0.5)
    batch = curves.take()
    assert [one.metric for one in batch] == ["loss"]
    assert curves.take() == ()
    curves.put_back(batch)
    curves.add("accuracy", 3.5, 1.0)
    curves.add("accuracy", 4, 1.0)
    assert [one.metric for one in curves.take()] == ["accuracy", "loss"]
    assert list(curves.all()["accuracy"].steps) == [3.5, 4.0]


def test_a_series_is_plain_data():
    series = series_of([0.5, 0.25])
    assert Series(**asdict(series)) == series
    assert [time.year for time in series.times] == [2023, 2023]
