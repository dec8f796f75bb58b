# SPDX-License-Identifier: Apache-2.0
"""A browser whose administrator has chosen for its users (AutoSelectCertificateForUrls)."""
import json
import os

import pytest

from browsing.chromium import Chromium
from browsing.process import Missing
from browsing.servers import MANAGED, MANAGED_CERT, fresh, served

# Read by every Chromium of this machine: the pattern is of names that only these tests have.
POLICIES = "/etc/chromium/policies/managed"
CHOICE = {"pattern": "https://[*.]%s" % MANAGED_CERT, "filter": {"SUBJECT": {"CN": "ben"}}}


@pytest.fixture(scope="module")
def policy():
    """Chromium's policy, while this file runs."""
    path = os.path.join(POLICIES, "mtls-tests-%d.json" % os.getpid())
    made = []
    try:
        for folder in (os.path.dirname(POLICIES), POLICIES):
            if not os.path.isdir(folder):
                os.mkdir(folder)
                made.append(folder)
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"AutoSelectCertificateForUrls": [json.dumps(CHOICE)]}, f)
    except OSError as problem:
        pytest.skip("Chromium's policy could not be tested: %s" % problem)
    yield path
    os.unlink(path)
    for folder in reversed(made):
        try:
            os.rmdir(folder)
        except OSError:  # somebody else's are there by now
            pass


@pytest.fixture(scope="module", params=["chromium"])
def browser(policy, pki):
    try:
        running = Chromium(pki.server_root, [pki.alice, pki.ben])
    except Missing as problem:
        pytest.fail("Chromium could not be tested: %s" % problem)
    yield lambda *_people: running
    running.stop()


def test_chosen_by_policy(site, visitor, pki):
    """No dialog: the user sees the page at once."""
    tab = visitor()
    path = fresh("/staff")
    tab.open(site.url(path, MANAGED))
    served(site, tab, path, pki.ben)


def test_policy_is_for_its_address_only(site, visitor, pki):
    tab = visitor()
    path = fresh("/staff")
    tab.open(site.url(path), choose="alice")
    served(site, tab, path, pki.alice)
