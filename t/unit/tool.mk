# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_trust_read

t_unit_test_trust_read_SOURCES = t/unit/test_trust_read.c
t_unit_test_trust_read_CPPFLAGS = -I$(top_builddir)/rooms/tool $(APR_CPPFLAGS) $(CHECK_CFLAGS)
t_unit_test_trust_read_LDADD = libmtls_tool.la $(UNIT_LIBS)
