# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_options t/unit/test_trust_read
TOOL_TEST_CPPFLAGS = -I$(top_builddir)/rooms/tool $(APR_CPPFLAGS) $(CHECK_CFLAGS)

t_unit_test_options_SOURCES = t/unit/test_options.c
t_unit_test_options_CPPFLAGS = $(TOOL_TEST_CPPFLAGS)
t_unit_test_options_LDADD = libmtls_tool.la $(UNIT_LIBS)
t_unit_test_trust_read_SOURCES = t/unit/test_trust_read.c
t_unit_test_trust_read_CPPFLAGS = $(TOOL_TEST_CPPFLAGS)
t_unit_test_trust_read_LDADD = libmtls_tool.la $(UNIT_LIBS)
