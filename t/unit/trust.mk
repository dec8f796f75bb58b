# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += \
	t/unit/test_verify

trust_fixture = t/unit/trust_fixture.c t/unit/trust_fixture.h

t_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_verify_LDADD = $(UNIT_LIBS)
t_unit_test_verify_SOURCES = t/unit/test_verify.c $(trust_fixture)
