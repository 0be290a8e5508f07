"""A chart below each table of `benchmarks/results.md`: its ratios, the least and the greatest."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape

__all__ = ["with_charts"]

RATIO = re.compile(r"\*\*([\d.]+)\*\* \(([\d.]+) to ([\d.]+)\)(?:, ≥ ([\d.]+) (?:met|missed))?")
WIDTH, LABELS, ROW, MARGIN = 900, 470, 20, 26
"""In the units of the picture: its width, that of the labels, the height of a row, what the axis
takes below."""
_LETTERS = 70
"""Of a label, that have a place."""


@dataclass(frozen=True)
class Bar:
    """The ratio to one contestant in one workload."""

    label: str
    median: float
    least: float
    greatest: float
    goal: float | None


def with_charts(text: str) -> str:
    """Markdown, with a chart below each table that has ratios."""
    parts: list[str] = []
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            if bars := _bars(table):
                parts += ["", _svg(bars), ""]
            table = []
        parts.append(line)
    return "\n".join(parts)


def _bars(table: list[str]) -> list[Bar]:
    heads, _, *rows = ([cell.strip() for cell in line.strip("| ").split("|")] for line in table)
    bars = []
    for workload, *cells in rows:
        ratios = [(head, RATIO.search(cell)) for head, cell in zip(heads[1:], cells, strict=False)]
        several = sum(ratio is not None for _, ratio in ratios) > 1
        for head, ratio in ratios:
            if ratio is not None:
                median, least, greatest, goal = ratio.groups()
                label = f"{workload} · {head}" if several else workload
                bars.append(
                    Bar(label, float(median), float(least), float(greatest), goal and float(goal))
                )
    return bars


def _svg(bars: list[Bar]) -> str:
    """One line a ratio, on an axis where twice and half are as far from 1."""
    shown = [one for bar in bars for one in (bar.least, bar.greatest, bar.goal or 1, 1)]
    low = math.floor(math.log2(max(min(shown), 2**-10)))
    high = max(math.ceil(math.log2(max(shown))), low + 1)

    def x(ratio: float) -> float:
        place = (math.log2(max(ratio, 2.0**low)) - low) / (high - low)
        return round(LABELS + 14 + place * (WIDTH - LABELS - 28), 1)

    bottom = len(bars) * ROW + 6
    parts = [  # a div, behind which all is HTML up to an empty line
        f'<div class="chart"><svg role="img" viewBox="0 0 {WIDTH} {bottom + MARGIN}"'
        ' xmlns="http://www.w3.org/2000/svg">',
        "<title>The ratios of the table above: medians, least and greatest, goals</title>",
    ]
    step = max(1, (high - low) // 6)
    for power in range(low, high + 1, step):
        kind = "one" if power == 0 else "grid"
        text = f"{2**power:g}" if power >= 0 else f"1/{2**-power}"
        at = x(2.0**power)
        parts.append(f'<line class="{kind}" x1="{at}" x2="{at}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{at}" y="{bottom + 16}">{text}</text>')
    for number, bar in enumerate(bars):
        y = number * ROW + ROW / 2 + 2
        label = bar.label if len(bar.label) <= _LETTERS else bar.label[: _LETTERS - 1] + "…"
        parts.append(f'<text class="label" x="{LABELS}" y="{y + 4}">{escape(label)}</text>')
        ends = f'x1="{x(bar.least)}" x2="{x(bar.greatest)}" y1="{y}" y2="{y}"'
        parts.append(f'<line class="spread" {ends}/>')
        if bar.goal is not None:
            at = x(bar.goal)
            parts.append(f'<line class="goal" x1="{at}" x2="{at}" y1="{y - 7}" y2="{y + 7}"/>')
        kind = "missed" if bar.goal is not None and bar.median < bar.goal else "median"
        parts.append(f'<circle class="{kind}" cx="{x(bar.median)}" cy="{y}" r="4"/>')
    return "".join([*parts, "</svg></div>"])
