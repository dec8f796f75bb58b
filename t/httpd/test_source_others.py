# SPDX-License-Identifier: Apache-2.0
"""Other modules' Require lines on our user: LDAP with a real slapd, group files, DBM groups."""
import os

import pytest

from mtlstest import dbm, people
from mtlstest.clients import h1
from mtlstest.people import HOST, place
from mtlstest.sites import TRUST, assert_refused, vhost
from mtlstest.slapd import SUFFIX, Slapd

LDIF = """
dn: {suffix}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: uid=alice,{suffix}
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
departmentNumber: 7

dn: uid=anna,{suffix}
objectClass: inetOrgPerson
uid: anna
cn: Anna
sn: B
departmentNumber: 8

dn: cn=ops,{suffix}
objectClass: groupOfNames
cn: ops
member: uid=alice,{suffix}
""".format(suffix=SUFFIX)

REQUIREMENTS = {
    "/group": "ldap-group cn=ops," + SUFFIX,
    "/user": "ldap-user alice",
    "/attribute": "ldap-attribute departmentNumber=7",
    "/filter": "ldap-filter departmentNumber=7",
    "/dn": "ldap-dn uid=alice," + SUFFIX,
}
OTHERS = {"/file-group": "group ops", "/dbm-group": "dbm-group ops", "/plain-user": "user alice"}


@pytest.fixture(scope="module")
def site(serve, pki):
    people.issue(pki)
    with people.public_folder() as folder, Slapd(LDIF) as slapd:
        groups = os.path.join(folder, "groups")
        with open(groups, "w", encoding="ascii") as f:
            f.write("staff: anna alice\nops: alice\n")
        dbm.write("sdbm", groups + ".dbm", {"alice": "ops,staff", "anna": "staff"})
        slapd.start()
        ldap = "".join(place(path, "MTLSUser cn", 'AuthLDAPURL "%s"' % slapd.url("?uid"),
                             "Require " + line) for path, line in REQUIREMENTS.items())
        other = "".join(place(path, "MTLSUser cn", "AuthGroupFile %s" % groups,
                              "AuthzDBMType sdbm", "AuthDBMGroupFile %s.dbm" % groups,
                              "Require " + line) for path, line in OTHERS.items())
        yield serve(TRUST + vhost("localhost", HOST + ldap + other), name="others",
                    modules=["ldap", "authnz_ldap", "authz_groupfile", "authz_dbm"])


@pytest.fixture
def ask(site, pki):
    return people.Asking(site, pki)


@pytest.mark.parametrize("path", list(REQUIREMENTS) + list(OTHERS))
def test_who_is_meant_is_let_in(ask, path):
    seen = ask.record("alice", path)
    assert seen["user"] == "alice" and seen["auth_type"] == "mtls"


@pytest.mark.parametrize("path", list(REQUIREMENTS) + list(OTHERS))
@pytest.mark.parametrize("who", ["anna", "frank"])
def test_others_are_not(site, ask, path, who):
    """frank has a certificate, and is in no directory and no file."""
    answer = ask(who, path)
    assert not site.oracle.ran(answer.case)
    assert answer.status == 403


@pytest.mark.parametrize("path", list(REQUIREMENTS) + list(OTHERS))
def test_T_N11_a_password_cannot_imitate_a_certificate(site, pki, path):
    """The name is the certificate's, whatever an Authorization header says."""
    with h1(site.port, cert=pki.anna) as client:
        answer = client.ask(path, headers=[("Authorization", "Basic YWxpY2U6cGFzc3dvcmQ=")])
    assert not site.oracle.ran(answer.case) and answer.status == 403


@pytest.mark.parametrize("path", list(REQUIREMENTS) + list(OTHERS))
def test_T_N06_the_certificate_must_be_trusted_first(ask, path):
    assert_refused(ask.site, ask("foreign", path), "untrusted-issuer")


def test_T_N03_a_name_is_no_filter(site, ask, pki):
    """What a name says is escaped by mod_authnz_ldap, and no group file has it."""
    pki.issue("star", pki.staff_ca, cn="*")
    pki.issue("filter", pki.staff_ca, cn="*)(uid=alice")
    for who in ("star", "filter"):
        for path in list(REQUIREMENTS) + list(OTHERS):
            answer = ask(who, path)
            assert not site.oracle.ran(answer.case) and answer.status == 403
