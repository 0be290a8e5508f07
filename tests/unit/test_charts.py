"""The charts that the site has below the tables of benchmarks."""

import re
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def with_charts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs/_sphinx"))
    from charts import with_charts

    yield with_charts
    sys.modules.pop("charts")


def test_every_ratio_of_the_results_is_in_a_chart(with_charts):
    text = Path(ROOT / "benchmarks/results.md").read_text(encoding="utf-8")
    page = with_charts(text)
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    ratios = re.findall(r"\*\*[\d.]+\*\* \([\d.]+ to [\d.]+\)", rows)
    assert len(ratios) > 100
    assert page.count("<circle") == len(ratios)
    assert page.count('class="missed"') == len(re.findall(r"≥ [\d.]+ missed", rows))
    # All else stays as it is, and a chart stands alone: it is HTML up to an empty line.
    assert re.sub(r'\n\n<div class="chart">.*</div>\n', "", page).split() == text.split()


def test_a_chart_says_what_the_table_says(with_charts):
    page = with_charts(
        "| work | ours | <b>theirs</b> | others |\n| --- | --- | --- | --- |\n"
        "| a & b | 1 ms | 2 ms; **2.00** (1.00 to 4.00), ≥ 4 missed |"
        " 1 ms; **1.00** (0.50 to 1.00) |"
    )
    assert page.count("<circle") == 2
    assert "a &amp; b · &lt;b&gt;theirs&lt;/b&gt;" in page
    places = {
        kind: float(at) for kind, at in re.findall(r'<circle class="(\w+)" cx="([\d.]+)"', page)
    }
    spread = re.search(r'class="spread" x1="([\d.]+)" x2="([\d.]+)"', page)
    assert places["missed"] == pytest.approx((float(spread[1]) + float(spread[2])) / 2)
    assert places["median"] < places["missed"]
    assert ">1/2</text>" in page


def test_a_table_without_ratios_has_no_chart(with_charts):
    text = "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert with_charts(text) == text
