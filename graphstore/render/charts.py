"""Numbers over runs as a picture: in a line of text, or as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape as escaped

from graphstore.printable import printable

__all__ = ["Panel", "curve_line", "curves_svg", "sparkline", "svg"]

_LEVELS = "▁▂▃▄▅▆▇█"
_WIDTH, _PANEL, _GAP = 760, 150, 46
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 56, 62
_COLOURS = {"COMPLETE": "#3b7dd8", "FAILED": "#d1495b", "RUNNING": "#e0a100"}
_OTHER = "#8a8f98"
_LINES = ("#3b7dd8", "#d1495b", "#2a9d5c", "#e0a100", "#7b5fc7")


@dataclass(frozen=True)
class Panel:
    """One row of the picture: a number for each run."""

    title: str
    """What it is, and its unit: ``duration (min)``."""
    values: Sequence[float | None]
    """The numbers in the order of the runs; None where there is none."""
    bars: bool = False
    """Whether they are bars from 0, and not points joined by a line."""


def _escape(text: str) -> str:
    """Text in SVG, which is XML, and so can hold no control characters."""
    return escaped(printable(text))


def sparkline(values: Sequence[float | None], *, from_zero: bool = False) -> str:
    """A character for each number, the largest highest; a dot where there is none.

    NaN is ``N``, the infinities are ``↑`` and ``↓``.

    Args:
        values: The numbers.
        from_zero: Whether the lowest character stands for 0, and not for the smallest number.
    """
    finite = [value for value in values if value is not None and math.isfinite(value)]
    low = min(finite, default=0.0)
    low, high = min(0.0, low) if from_zero else low, max(finite, default=0.0)
    top = len(_LEVELS) - 1

    def level(value: float) -> str:
        # Where all are equal there is neither high nor low.
        return _LEVELS[round((value - low) / (high - low) * top) if high > low else top // 2]

    def mark(value: float | None) -> str:
        if value is None:
            return "·"
        return level(value) if math.isfinite(value) else _odd(value)[0]

    return "".join(map(mark, values))


def _odd(value: float) -> tuple[str, str]:
    """The mark and the name of what is a value and no number that an axis has."""
    if math.isnan(value):
        return "N", "NaN"
    return ("↑", "Infinity") if value > 0 else ("↓", "-Infinity")


def curve_line(values: Sequence[float], width: int) -> str:
    """The sparkline of a curve in at most so many characters; the last value always is one."""
    every = math.ceil(len(values) / max(width, 1)) or 1
    return sparkline(values[::-1][::every][::-1])


def curves_svg(
    title: str, curves: Mapping[str, tuple[Sequence[int | float], Sequence[float]]]
) -> str:
    """Curves over the steps of a work in one picture, as SVG that needs nothing else.

    What is NaN or infinite is a letter or an arrow at its step, and interrupts the line.

    Args:
        title: What stands on top.
        curves: Steps and values by what to call each.
    """
    finite = [v for _, values in curves.values() for v in values if math.isfinite(v)]
    steps = [step for own, _ in curves.values() for step in own if math.isfinite(step)]
    ticks = _ticks(finite, from_zero=False)
    low, high, first, last = ticks[0], ticks[-1], min(steps, default=0), max(steps, default=1)
    bottom = _TOP + _PANEL

    def x(step: float) -> float:
        part = (step - first) / (last - first) if last > first else 0.5
        return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_TOP + _PANEL * (1 - (value - low) / (high - low)), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom + 50}"'
        f' viewBox="0 0 {_WIDTH} {bottom + 50}" font-family="system-ui, sans-serif"'
        ' font-size="12">',
        f"<title>{_escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{bottom + 50}" fill="#ffffff"/>',
        _say(_LEFT, 20, title, size=14, weight="bold", anchor="start"),
    ]
    for tick in ticks:
        at = y(tick)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at}" y2="{at}" stroke="#e3e5e8"/>'
        )
        parts.append(_say(_LEFT - 8, at + 4, f"{tick:.6g}", anchor="end"))
    for place, (name, (own, values)) in enumerate(curves.items()):
        colour = _LINES[place % len(_LINES)]
        parts.append(_say(_LEFT + 90 * place, 40, name, anchor="start", fill=colour, weight="bold"))
        piece: list[str] = []
        for step, value in [*zip(own, values, strict=True), (0, math.nan)]:
            if math.isfinite(value) and math.isfinite(step):
                piece.append(f"{x(step)},{y(value)}")
                continue
            if piece:
                points = " ".join(piece if len(piece) > 1 else piece * 2)
                parts.append(
                    f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"'
                    ' stroke-linecap="round"/>'
                )
            piece = []
        for step, value in zip(own, values, strict=True):
            if not math.isfinite(value):
                mark, word = _odd(value)
                parts.append(_say(x(step), _TOP + 12, mark, fill=colour, hint=f"{name}: {word}"))
    for step in dict.fromkeys((first, last)):
        parts.append(_say(x(step), bottom + 19, f"{step:.6g}"))
    return "\n".join([*parts, "</svg>"])


def svg(
    title: str,
    panels: Sequence[Panel],
    labels: Sequence[str],
    outcomes: Sequence[str],
    hints: Sequence[str],
) -> str:
    """The panels below each other over the same runs, as SVG that needs nothing else.

    Args:
        title: What stands on top.
        panels: The panels.
        labels: What a run is called below the axis; as many are shown as fit.
        outcomes: How each run ended: the colour of its bars and points.
        hints: What is said of a run when the pointer rests on it.
    """
    height = _TOP + len(panels) * (_PANEL + _GAP) - _GAP + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        f' viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{_escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _say(_LEFT, 20, title, size=14, weight="bold", anchor="start"),
        *_legend(outcomes),
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, _TOP + number * (_PANEL + _GAP), outcomes, hints)
    parts += _times(labels, _TOP + len(panels) * (_PANEL + _GAP) - _GAP)
    return "\n".join([*parts, "</svg>"])


def _panel(panel: Panel, top: float, outcomes: Sequence[str], hints: Sequence[str]) -> list[str]:
    count = len(panel.values)
    finite = [v for v in panel.values if v is not None and math.isfinite(v)]
    ticks = _ticks(finite, from_zero=panel.bars)
    low, high = ticks[0], ticks[-1]

    def y(value: float) -> float:
        return round(top + _PANEL * (1 - (value - low) / (high - low)), 1)

    parts = [_say(_LEFT, top - 10, panel.title, anchor="start", weight="bold")]
    for tick in ticks:
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}"'
            f' stroke="{"#555555" if tick == low else "#e3e5e8"}"/>'
        )
        parts.append(_say(_LEFT - 8, y(tick) + 4, f"{tick:.6g}", anchor="end"))
    if all(value is None for value in panel.values):
        parts.append(_say((_LEFT + _WIDTH) / 2, top + _PANEL / 2, "none", fill="#777777"))
    if not panel.bars:
        parts += _lines(
            [(_x(i, count), v if v is None else y(v)) for i, v in enumerate(_finite(panel.values))]
        )
    wide = max(1.0, min(28.0, 0.7 * (_WIDTH - _LEFT - _RIGHT) / max(count, 1)))
    for i, value in enumerate(panel.values):
        if value is None:
            continue
        if not math.isfinite(value):
            mark, name = _odd(value)
            at = top + 12 if value > 0 else top + _PANEL - 4
            parts.append(_say(_x(i, count), at, mark, weight="bold", hint=f"{name}: {hints[i]}"))
            continue
        fill, hint = _COLOURS.get(outcomes[i], _OTHER), f"<title>{_escape(hints[i])}</title>"
        x = _x(i, count)
        if panel.bars:
            parts.append(
                f'<rect x="{round(x - wide / 2, 1)}" y="{y(value)}" width="{round(wide, 1)}"'
                f' height="{round(max(y(low) - y(value), 1), 1)}" fill="{fill}">{hint}</rect>'
            )
        else:
            size = 4 if count <= 100 else 2
            parts.append(
                f'<circle cx="{x}" cy="{y(value)}" r="{size}" fill="{fill}">{hint}</circle>'
            )
    return parts


def _finite(values: Sequence[float | None]) -> list[float | None]:
    return [v if v is not None and math.isfinite(v) else None for v in values]


def _lines(points: Sequence[tuple[float, float | None]]) -> list[str]:
    """The points joined in order, across those that are missing."""
    text = " ".join(f"{x},{y}" for x, y in points if y is not None)
    return [f'<polyline points="{text}" fill="none" stroke="#9db8dc" stroke-width="1.5"/>']


def _x(i: int, count: int) -> float:
    return round(_LEFT + (i + 0.5) / max(count, 1) * (_WIDTH - _LEFT - _RIGHT), 1)


def _times(labels: Sequence[str], bottom: float) -> list[str]:
    """The axis of the runs: as many labels as do not run into each other."""
    longest = max(map(len, labels), default=1)
    fit = max(1, int((_WIDTH - _LEFT - _RIGHT) / (longest * 7 + 14)))
    every = math.ceil(len(labels) / fit) if labels else 1
    parts = []
    for i in range(0, len(labels), every):
        x = _x(i, len(labels))
        parts.append(f'<line x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 5}" stroke="#555555"/>')
        parts.append(_say(x, bottom + 19, labels[i]))
    middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
    return [*parts, _say(middle, bottom + 44, "runs, oldest first, by when they began (UTC)")]


def _legend(outcomes: Sequence[str]) -> list[str]:
    parts, x = [], float(_WIDTH - _RIGHT)
    for outcome in sorted(set(outcomes), reverse=True):
        x -= len(outcome) * 8 + 24
        fill = _COLOURS.get(outcome, _OTHER)
        parts.append(f'<rect x="{x}" y="11" width="10" height="10" fill="{fill}"/>')
        parts.append(_say(x + 15, 20, outcome, anchor="start"))
    return parts


def _say(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    size: int = 12,
    weight: str = "normal",
    fill: str = "#222222",
    hint: str = "",
) -> str:
    title = f"<title>{_escape(hint)}</title>" if hint else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        f' fill="{fill}">{title}{_escape(text)}</text>'
    )


def _ticks(values: Sequence[float], *, from_zero: bool) -> list[float]:
    """About four round numbers that the values lie between."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if from_zero:
        low = min(low, 0.0)
    if high <= low:
        high = low + (abs(low) or 1.0) * 0.5
        low = low if from_zero else low - (abs(low) or 1.0) * 0.5
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]
