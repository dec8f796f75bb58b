# SPDX-License-Identifier: Apache-2.0
"""Where fetched lists are kept: whose it must be, what root may do there, and what a start makes of it.

F-05 F-11 F-20.
"""
import os
import shutil
import stat
import time

import pytest

from mtlstest import crls
from mtlstest.clients import h1
from mtlstest.points import Points
from mtlstest.revoking import ASKING, Visitor, assert_let_in, hosts, profile
from mtlstest.server import Httpd
from mtlstest.vitals import have_looked

LEAF = ["MTLSCRLCheck leaf"]
RELOADED = "MTLS0040: "


@pytest.fixture
def folder(pki):
    """Absolute path of a directory that does not exist; its parent is root's."""
    path = os.path.join(pki.dir, "state-%d" % os.getpid())
    yield path
    shutil.rmtree(path, ignore_errors=True)


def given_to_user(path, mode=0o700):
    os.mkdir(path, mode)
    if os.geteuid() == 0:
        shutil.chown(path, "nobody", "nogroup")
    return path


def make(pki, folder, url, name="staff"):
    config = "MTLSReloadInterval 100ms\nMTLSStateDirectory %s\n" % folder
    return Httpd(pki, config + profile(name, "MTLSCRLFetch " + url, *LEAF) + hosts([name]), name="state")


def fails_to_start(server):
    with pytest.raises(AssertionError) as caught:
        server.start()
    return str(caught.value)


def await_list(server):
    def is_in():
        with h1(server.port, cert=server.pki.alice, sni=ASKING) as client:
            return Visitor(client, ASKING).ask("/staff").status == 200
    assert server.wait_for(is_in, 30)


def await_record(place):
    """The list is there, and then it is noted when it was asked for."""
    records = os.path.join(place, "records")
    assert Httpd.wait_for(lambda: [name for name in os.listdir(records) if name.endswith(".url")])


NOWHERE = "http://127.0.0.1:1/x.crl"


def test_a_slip_of_the_pen_is_a_fault(pki, folder):
    server = make(pki, folder, NOWHERE)
    done = server.check()
    line = "httpd.conf:%d" % server.line_of("MTLSStateDirectory")
    assert not done.ok and line in done.text and folder in done.text, done
    assert "No such file" in done.text, done
    assert folder in fails_to_start(make(pki, folder, NOWHERE))
    assert not os.path.exists(folder)


def test_a_file_is_no_directory(pki, folder):
    with open(folder, "wb"):
        pass
    try:
        done = make(pki, folder, NOWHERE).check()
        assert not done.ok and folder in done.text, done
    finally:
        os.unlink(folder)


def test_a_look_at_the_configuration_makes_nothing(pki, folder):
    given_to_user(folder)
    assert make(pki, folder, NOWHERE).check().ok
    assert not os.listdir(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give away")
@pytest.mark.parametrize("kind", ["link", "link to a directory below", "directory of root"])
def test_F_20_root_gives_nothing_away(pki, folder, kind):
    """The user puts something in the place of a profile's directory, and waits for the next start."""
    given_to_user(folder)
    target = os.path.join(pki.dir, "precious") if kind == "link" else os.path.join(folder, "precious")
    place = os.path.join(folder, "staff")
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target, 0o755)
    if kind == "directory of root":
        os.rename(target, place)
        target = place
    else:
        os.symlink(target, place)
    said = fails_to_start(make(pki, folder, NOWHERE))
    assert place in said and "MTLS0001" in said, said
    found = os.stat(target)
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give away")
def test_a_directory_of_root_is_enough_at_the_start(pki, folder):
    """What a profile has in it is made for the user that writes there."""
    os.mkdir(folder, 0o755)
    with Points() as points:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        with make(pki, folder, url) as server:
            await_list(server)
        assert os.stat(os.path.join(folder, "staff")).st_uid != 0
    assert os.stat(folder).st_uid == 0


def test_a_warm_start_is_no_change(pki, folder):
    """Nothing is loaded again when nothing has changed: one generation, and no line about it."""
    given_to_user(folder)
    place = given_to_user(os.path.join(folder, "staff"), 0o755)
    given_to_user(os.path.join(place, "records"), 0o755)  # made later, it would be a change of its own
    with Points() as points:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        with make(pki, folder, url) as server:
            await_list(server)
            await_record(place)
            assert server.wait_for(lambda: have_looked(server, "loaded"))
            assert server.log().count(RELOADED) == 1, "one list, one new generation"
        with make(pki, folder, url) as server:
            assert_let_in(server, pki.alice, "/staff")
            looks = "files looked at"
            assert server.wait_for(lambda: server.log().count(looks) > 5)
            assert RELOADED not in server.log()
        assert points.hits("/staff.crl") == 1


def test_F_11_what_cannot_be_written_is_not_asked_for_again_and_again(pki, folder):
    """As with a full disk: one question and a line or two, not one of each a second."""
    given_to_user(folder)
    place = os.path.join(folder, "staff")
    given_to_user(place, 0o755)
    with open(os.path.join(place, "records"), "wb"), Points() as points:
        url = points.put("/staff.crl", crls.make(pki.staff_ca))
        with make(pki, folder, url) as server:
            assert server.wait_for(lambda: "cannot write" in server.log())
            until = time.monotonic() + 4  # rounds of a second each
            server.wait_for(lambda: time.monotonic() > until, 5)
            assert points.hits("/staff.crl") == 1
            assert server.log().count("cannot write") <= 2
