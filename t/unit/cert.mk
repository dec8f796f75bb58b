# SPDX-License-Identifier: Apache-2.0
cert_fixture = t/unit/cert_fixture.c t/unit/cert_fixture.h

UNIT_TESTS += t/unit/test_name_read
t_unit_test_name_read_SOURCES = t/unit/test_name_read.c $(cert_fixture)
t_unit_test_name_read_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_name_read_LDADD = $(UNIT_LIBS)
