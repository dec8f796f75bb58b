# SPDX-License-Identifier: Apache-2.0
"""The server tests use what mtlstest has."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mtlstest.fixtures import mark_logs, pki, pytest_runtest_makereport, serve  # noqa: E402,F401
