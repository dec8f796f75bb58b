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

# `make check-tsan`: the memo and those who share it, watched by ThreadSanitizer.  The suite runs in
# one process, because the watch ends with a fork.
EXTRA_PROGRAMS += t/unit/tsan_memo
t_unit_tsan_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_memo_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_memo_LDFLAGS = -fsanitize=thread
t_unit_tsan_memo_LDADD = $(UNIT_LIBS)
t_unit_tsan_memo_SOURCES = t/unit/test_memo.c mod_mtls/trust/memo.c $(trust_fixture)
CLEANFILES += t/unit/tsan_memo$(EXEEXT)

.PHONY: check-tsan
check-tsan: t/unit/tsan_memo$(EXEEXT)
	CK_FORK=no TSAN_OPTIONS=halt_on_error=1 t/unit/tsan_memo$(EXEEXT)
