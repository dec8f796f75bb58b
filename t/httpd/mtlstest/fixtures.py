# SPDX-License-Identifier: Apache-2.0
"""Fixtures of tests with a server, and what a failed one shows; each folder's conftest.py takes all
of them."""
import os
import shutil
import tempfile

import pytest

from . import server as server_module
from .pki import Pki

LOG_LINES = 120


@pytest.fixture(scope="session")
def pki():
    """The certificates of this session."""
    directory = tempfile.mkdtemp(prefix="mtls-pki-")
    os.chmod(directory, 0o755)
    yield Pki(directory)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def serve(pki):
    """serve(config, ...) starts a server that lives as long as the module's tests."""
    running = []

    def start(config, **more):
        httpd = server_module.Httpd(pki, config, **more)
        httpd.start()
        running.append(httpd)
        return httpd

    yield start
    problems = []
    for httpd in running:
        try:
            httpd.stop()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)


@pytest.fixture(autouse=True)
def mark_logs():
    server_module.LEFT.clear()
    for httpd in server_module.LIVE:
        httpd.mark()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and call.excinfo is not None:
        logs = server_module.LEFT + [(h.name, h.log_tail()) for h in server_module.LIVE]
        for name, log in logs:
            lines = log.splitlines()[-LOG_LINES:]
            if lines:
                report.sections.append(("error log of %s" % name, "\n".join(lines)))
