"""What the tests of promises have measured, printed at the end of a run: the figures of docs/promises.md."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

Figure = Callable[[str], None]
"""Notes what a test of a promise has measured, in a few words."""

_CODE = re.compile(r"^[^[]*::test_([RS]\d\d)_")
_PROPERTY = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Notes a figure of this test."""
    return lambda words: record_property(_PROPERTY, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print for each promise how many of its cases have passed, and what they have measured."""
    cases: Counter[str] = Counter()
    measured: defaultdict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("passed"):
        found = _CODE.match(report.nodeid)
        if report.when == "call" and found is not None:
            cases[found[1]] += 1
            measured[found[1]] += [str(words) for name, words in report.user_properties if name == _PROPERTY]
    if cases:
        terminalreporter.section("figures of the promises")
    for code, count in sorted(cases.items()):
        terminalreporter.line("; ".join([f"{code}: {count} case{'s' * (count > 1)} passed", *measured[code]]))
