# SPDX-License-Identifier: Apache-2.0
# One program for each unit; each is a Check suite.  Fragments list the tests of a room.
UNIT_TESTS =
UNIT_CPPFLAGS = -I$(top_builddir)/rooms/httpd $(APR_CPPFLAGS) $(OPENSSL_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = libmtls_policy.la libmtls_trust.la libmtls_cert.la \
	$(OPENSSL_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(PSL_LIBS) $(APR_LIBS) $(CHECK_LIBS)

include t/unit/cert.mk
include t/unit/trust.mk
include t/unit/policy.mk
include t/unit/httpd.mk
include t/unit/tool.mk

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
