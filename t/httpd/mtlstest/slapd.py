# SPDX-License-Identifier: Apache-2.0
"""A real OpenLDAP server with a small directory."""
import os
import socket

from .daemon import PortDaemon

SLAPD = "/usr/sbin/slapd"
SLAPADD = "/usr/sbin/slapadd"
SUFFIX = "dc=example,dc=test"

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {root}/slapd.pid
argsfile {root}/slapd.args
database mdb
suffix "{suffix}"
directory {root}/db
access to * by * read
"""


class Slapd(PortDaemon):
    """Everybody may read; ldif is what the directory holds."""

    name = "slapd"

    def __init__(self, ldif):
        super().__init__()
        for program in (SLAPD, SLAPADD):
            assert os.access(program, os.X_OK), program + " is not installed (Debian: slapd)"
        self.conf = self.write("slapd.conf", CONFIG.format(root=self.root, suffix=SUFFIX))
        self.run("mkdir", self.path("db"))
        self.run(SLAPADD, "-q", "-f", self.conf, "-l", self.write("content.ldif", ldif))

    def url(self, query):
        """AuthLDAPURL: query is what follows the base, "?uid" and the like."""
        return "ldap://127.0.0.1:%d/%s%s" % (self.port, SUFFIX, query)

    def _begin(self):
        # -d: stay in the foreground
        self._launch(SLAPD, "-f", self.conf, "-d", "0", "-h", "ldap://127.0.0.1:%d/" % self.port)

    def is_ready(self):
        """It listens before it writes its number; before, somebody else may listen on that port."""
        if not os.path.exists(self.path("slapd.pid")):
            return False
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False
