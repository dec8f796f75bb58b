# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += \
	t/unit/test_memo \
	t/unit/test_profile \
	t/unit/test_verify \
	t/unit/test_verify_memory

trust_fixture = t/unit/trust_fixture.c t/unit/trust_fixture.h

t_unit_test_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_memo_LDADD = $(UNIT_LIBS)
t_unit_test_memo_SOURCES = t/unit/test_memo.c $(trust_fixture)

t_unit_test_profile_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_profile_LDADD = $(UNIT_LIBS)
t_unit_test_profile_SOURCES = t/unit/test_profile.c $(trust_fixture)

t_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_verify_LDADD = $(UNIT_LIBS)
t_unit_test_verify_SOURCES = t/unit/test_verify.c $(trust_fixture)

t_unit_test_verify_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_verify_memory_LDADD = $(UNIT_LIBS)
t_unit_test_verify_memory_SOURCES = t/unit/test_verify_memory.c $(trust_fixture)
