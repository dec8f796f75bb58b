# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests with real browsers."""
import os
import sys
import warnings

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from browsing import servers  # noqa: E402
from browsing.chromium import Chromium  # noqa: E402
from browsing.firefox import Firefox  # noqa: E402
from browsing.process import Ended, Missing  # noqa: E402
from mtlstest.fixtures import (mark_logs, pki as plain_pki,  # noqa: E402,F401
                               pytest_runtest_makereport, serve)

BROWSERS = {"chromium": Chromium, "firefox": Firefox}
# Browsers without which the tests have failed; the others are tested where they are installed.
NEEDED = os.environ.get("MTLS_BROWSERS_NEEDED", "chromium").split()


@pytest.fixture(scope="session")
def pki(plain_pki):  # noqa: F811
    """The certificates of this session, those of the sites among them."""
    servers.issue(plain_pki)
    return plain_pki


def started(kind, *arguments):
    """A browser of this kind.  That one ends while it starts is no matter of ours, and is said."""
    try:
        return kind(*arguments)
    except Ended as problem:
        warnings.warn(str(problem))
        return kind(*arguments)


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request, pki):
    """browser(person, ...) is a browser whose user has these people's certificates; it is started
    once for the tests of a file."""
    kind = request.param
    running = {}

    def start(*people):
        labels = tuple(person.label for person in people)
        if labels not in running:
            try:
                running[labels] = started(BROWSERS[kind], pki.server_root, people)
            except Missing as problem:
                text = "%s could not be tested: %s" % (BROWSERS[kind].name, problem)
                (pytest.fail if kind in NEEDED else pytest.skip)(text)
        return running[labels]

    yield start
    for one in running.values():
        one.stop()


@pytest.fixture(scope="module", params=servers.MODES)
def site(request, pki):  # noqa: F811
    """The hosts of browsing/servers.py, in each version of TLS and HTTP."""
    made = servers.site(pki, servers.MODES[request.param])
    with made.clock, made:
        yield made


@pytest.fixture
def visitor(browser):
    """visitor(person, ...) is a tab of somebody who was never here and has these certificates."""
    tabs = []

    def visit(*people):
        tabs.append(browser(*people).visit())
        return tabs[-1]

    yield visit
    asked = [tab for tab in tabs if tab.is_asked()]
    for tab in tabs:
        tab.close()
    assert not asked, "a certificate dialog is left over"


def pytest_terminal_summary(terminalreporter):
    """What was not tested is said, not only counted."""
    told = set()
    for report in terminalreporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "could not be tested" in text and text not in told:
            told.add(text)
            terminalreporter.write_line(text.replace("Skipped: ", ""))
