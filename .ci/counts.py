"""Says what a test run did, and fails if it did less than it claims.

    counts.py REPORT.xml LEAST [REASON...]

A run of fewer than LEAST tests, or with a test skipped for another reason than that data outside of
the project, or TFX, is not there, or one of those named, is a failure, whatever pytest made of
it. The seconds of a folder are those of its tests, of all workers together.
"""

import ast
import sys
import xml.etree.ElementTree as ET
from collections import Counter

report, least = sys.argv[1], int(sys.argv[2])
cases = list(ET.parse(report).getroot().iter("testcase"))


def reason(skip: ET.Element) -> str:
    """Why a test was skipped; of a whole module pytest says it in the text alone."""
    if (why := skip.get("message", "")) == "collection skipped":
        _, _, why = ast.literal_eval(skip.text or "")
    return why.removeprefix("Skipped: ")


skipped = {
    f"{case.get('classname')}.{case.get('name')}": reason(skip)
    for case in cases
    for skip in case.iter("skipped")
}
reasons = (
    "the shared databases are not here",
    "GRAPHSTORE_TEST_TFX names no folder to install TFX into",
    *sys.argv[3:],
)
wrongly = {name: why for name, why in skipped.items() if why not in reasons}
ran = len(cases) - len(skipped)
print(f"{report}: {ran} tests ran, {len(skipped)} were skipped")
seconds: Counter[str] = Counter()
tests: Counter[str] = Counter()
for case in cases:
    folder = case.get("classname", "").rpartition(".")[0]
    seconds[folder] += float(case.get("time", 0))
    tests[folder] += 1
for folder, time in seconds.most_common():
    print(f"  {time:7.1f} s  {tests[folder]:5} tests  {folder.replace('.', '/')}")
for name, why in wrongly.items():
    print(f"  {name} was skipped: {why}")
sys.exit(ran < least or bool(wrongly))
