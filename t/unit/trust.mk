# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += \
	t/unit/test_board \
	t/unit/test_crl \
	t/unit/test_crl_check \
	t/unit/test_crl_fetch \
	t/unit/test_crl_set \
	t/unit/test_crl_wanted \
	t/unit/test_fetch \
	t/unit/test_fetch_url \
	t/unit/test_files \
	t/unit/test_forward_clock \
	t/unit/test_generation \
	t/unit/test_key_part \
	t/unit/test_ledger \
	t/unit/test_living \
	t/unit/test_memo \
	t/unit/test_ocsp_message \
	t/unit/test_ocsp_record \
	t/unit/test_ocsp \
	t/unit/test_pace \
	t/unit/test_profile \
	t/unit/test_revocation \
	t/unit/test_seal \
	t/unit/test_secret_memory \
	t/unit/test_store \
	t/unit/test_ticket_list \
	t/unit/test_ticket_memo \
	t/unit/test_ticket_store \
	t/unit/test_token \
	t/unit/test_verify \
	t/unit/test_verify_memory \
	t/unit/test_watch

ocsp_scene = t/unit/ocsp_scene.c t/unit/ocsp_scene.h
trust_fixture = t/unit/trust_fixture.c t/unit/trust_fixture.h
crl_fixture = t/unit/crl_fixture.c t/unit/crl_fixture.h $(trust_fixture)
named_file_fixture = t/unit/named_file_fixture.c t/unit/named_file_fixture.h $(trust_fixture)
crl_set_fixture = t/unit/crl_set_fixture.c t/unit/crl_set_fixture.h

t_unit_test_crl_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_crl_LDADD = $(UNIT_LIBS)
t_unit_test_crl_SOURCES = t/unit/test_crl.c $(crl_fixture)

t_unit_test_board_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_board_LDADD = $(UNIT_LIBS)
t_unit_test_board_SOURCES = t/unit/test_board.c
http_fixture = t/unit/http_fixture.c t/unit/http_fixture.h

t_unit_test_crl_fetch_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_crl_fetch_LDADD = $(UNIT_LIBS)
t_unit_test_crl_fetch_SOURCES = t/unit/test_crl_fetch.c $(http_fixture) $(crl_fixture)

t_unit_test_fetch_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_fetch_LDADD = $(UNIT_LIBS)
t_unit_test_fetch_SOURCES = t/unit/test_fetch.c $(http_fixture) $(trust_fixture)

t_unit_test_fetch_url_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_fetch_url_LDADD = $(UNIT_LIBS)
t_unit_test_fetch_url_SOURCES = t/unit/test_fetch_url.c

t_unit_test_crl_set_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_crl_set_LDADD = $(UNIT_LIBS)
t_unit_test_crl_set_SOURCES = t/unit/test_crl_set.c $(crl_fixture)
t_unit_test_crl_check_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_crl_check_LDADD = $(UNIT_LIBS)
t_unit_test_crl_check_SOURCES = t/unit/test_crl_check.c $(crl_set_fixture) $(crl_fixture)

t_unit_test_crl_wanted_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_crl_wanted_LDADD = $(UNIT_LIBS)
t_unit_test_crl_wanted_LDFLAGS = -Wl,--wrap=strdup
t_unit_test_crl_wanted_SOURCES = t/unit/test_crl_wanted.c

t_unit_test_files_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_files_LDADD = $(UNIT_LIBS)
t_unit_test_files_SOURCES = t/unit/test_files.c $(trust_fixture)

t_unit_test_generation_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_generation_LDADD = $(UNIT_LIBS)
t_unit_test_generation_SOURCES = t/unit/test_generation.c $(trust_fixture)

t_unit_test_key_part_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_key_part_LDADD = $(UNIT_LIBS)
t_unit_test_key_part_LDFLAGS = -Wl,--wrap=mtls_secret_alloc
t_unit_test_key_part_SOURCES = t/unit/test_key_part.c $(named_file_fixture)

t_unit_test_ledger_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ledger_LDADD = $(UNIT_LIBS)
t_unit_test_ledger_SOURCES = t/unit/test_ledger.c

t_unit_test_living_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_living_LDADD = $(UNIT_LIBS)
t_unit_test_living_SOURCES = t/unit/test_living.c $(crl_fixture)

t_unit_test_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_memo_LDADD = $(UNIT_LIBS)
t_unit_test_memo_SOURCES = t/unit/test_memo.c $(trust_fixture)

t_unit_test_ocsp_message_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ocsp_message_LDADD = $(UNIT_LIBS)
t_unit_test_ocsp_message_SOURCES = t/unit/test_ocsp_message.c t/unit/ocsp_fixture.c \
	t/unit/ocsp_fixture.h $(trust_fixture)

t_unit_test_ocsp_record_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ocsp_record_LDADD = $(UNIT_LIBS)
t_unit_test_ocsp_record_SOURCES = t/unit/test_ocsp_record.c

t_unit_test_ocsp_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ocsp_LDADD = $(UNIT_LIBS)
t_unit_test_ocsp_SOURCES = t/unit/test_ocsp.c $(ocsp_scene)

t_unit_test_forward_clock_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_forward_clock_LDADD = $(UNIT_LIBS)
t_unit_test_forward_clock_LDFLAGS = -Wl,--wrap=apr_time_now -Wl,--wrap=mtls_monotonic_now
t_unit_test_forward_clock_SOURCES = t/unit/test_forward_clock.c

t_unit_test_pace_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_pace_LDADD = $(UNIT_LIBS)
t_unit_test_pace_SOURCES = t/unit/test_pace.c

t_unit_test_profile_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_profile_LDADD = $(UNIT_LIBS)
t_unit_test_profile_SOURCES = t/unit/test_profile.c $(trust_fixture)

t_unit_test_seal_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_seal_LDADD = $(UNIT_LIBS)
t_unit_test_seal_SOURCES = t/unit/test_seal.c

t_unit_test_secret_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_secret_memory_LDADD = $(UNIT_LIBS)
t_unit_test_secret_memory_LDFLAGS = -Wl,--wrap=madvise -Wl,--wrap=mmap -Wl,--wrap=munmap
t_unit_test_secret_memory_SOURCES = t/unit/test_secret_memory.c

t_unit_test_revocation_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_revocation_LDADD = $(UNIT_LIBS)
t_unit_test_revocation_SOURCES = t/unit/test_revocation.c

t_unit_test_store_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_store_LDADD = $(UNIT_LIBS)
t_unit_test_store_SOURCES = t/unit/test_store.c

t_unit_test_ticket_list_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ticket_list_LDADD = $(UNIT_LIBS)
t_unit_test_ticket_list_SOURCES = t/unit/test_ticket_list.c $(named_file_fixture)

t_unit_test_ticket_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ticket_memo_LDADD = $(UNIT_LIBS)
t_unit_test_ticket_memo_LDFLAGS = -Wl,--wrap=mtls_identity_read
t_unit_test_ticket_memo_SOURCES = t/unit/test_ticket_memo.c $(trust_fixture)

t_unit_test_ticket_store_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ticket_store_LDADD = $(UNIT_LIBS)
t_unit_test_ticket_store_SOURCES = t/unit/test_ticket_store.c $(trust_fixture)

t_unit_test_token_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_token_LDADD = $(UNIT_LIBS)
t_unit_test_token_SOURCES = t/unit/test_token.c

t_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_verify_LDADD = $(UNIT_LIBS)
t_unit_test_verify_SOURCES = t/unit/test_verify.c $(trust_fixture)

t_unit_test_verify_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_verify_memory_LDADD = $(UNIT_LIBS)
t_unit_test_verify_memory_SOURCES = t/unit/test_verify_memory.c $(trust_fixture)

t_unit_test_watch_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_watch_LDADD = $(UNIT_LIBS)
t_unit_test_watch_LDFLAGS = -Wl,--wrap=mtls_files_changed
t_unit_test_watch_SOURCES = t/unit/test_watch.c $(trust_fixture)

# `make check-tsan`: what threads share, and a whole life of generations, watched by ThreadSanitizer.
# The suites run in one process, because the watch ends with a fork.
tsan_programs = t/unit/tsan_board$(EXEEXT) t/unit/tsan_crl_wanted$(EXEEXT) \
	t/unit/tsan_living$(EXEEXT) t/unit/tsan_memo$(EXEEXT) t/unit/tsan_ocsp$(EXEEXT) \
	t/unit/tsan_pace$(EXEEXT) t/unit/tsan_store$(EXEEXT) t/unit/tsan_ticket_memo$(EXEEXT) \
	t/unit/tsan_token$(EXEEXT)
EXTRA_PROGRAMS += t/unit/tsan_board t/unit/tsan_crl_wanted t/unit/tsan_living t/unit/tsan_memo \
	t/unit/tsan_ocsp t/unit/tsan_pace t/unit/tsan_store t/unit/tsan_ticket_memo \
	t/unit/tsan_token
CLEANFILES += $(tsan_programs)

t_unit_tsan_board_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_board_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_board_LDFLAGS = -fsanitize=thread
t_unit_tsan_board_LDADD = $(UNIT_LIBS)
t_unit_tsan_board_SOURCES = t/unit/test_board.c mod_mtls/trust/board.c

t_unit_tsan_crl_wanted_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_crl_wanted_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_crl_wanted_LDFLAGS = -fsanitize=thread -Wl,--wrap=strdup
t_unit_tsan_crl_wanted_LDADD = $(UNIT_LIBS)
t_unit_tsan_crl_wanted_SOURCES = t/unit/test_crl_wanted.c mod_mtls/trust/crl_wanted.c

# All of trust that judges and loads.
t_unit_tsan_living_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_living_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_living_LDFLAGS = -fsanitize=thread
t_unit_tsan_living_LDADD = $(UNIT_LIBS)
t_unit_tsan_living_SOURCES = t/unit/test_living.c mod_mtls/trust/bundle.c \
	mod_mtls/trust/ca_names.c mod_mtls/trust/crl.c mod_mtls/trust/crl_check.c \
	mod_mtls/trust/crl_entry.c mod_mtls/trust/crl_file.c mod_mtls/trust/crl_index.c \
	mod_mtls/trust/crl_parts.c mod_mtls/trust/crl_scope.c mod_mtls/trust/crl_set.c \
	mod_mtls/trust/crl_set_load.c mod_mtls/trust/crl_set_warn.c mod_mtls/trust/crl_signature.c \
	mod_mtls/trust/fault.c mod_mtls/trust/files.c mod_mtls/trust/generation.c \
	mod_mtls/trust/judge.c mod_mtls/trust/ledger.c mod_mtls/trust/material.c \
	mod_mtls/trust/memo.c mod_mtls/trust/own_pool.c mod_mtls/trust/path_revocation.c \
	mod_mtls/trust/pem.c mod_mtls/trust/profile.c mod_mtls/trust/profile_digest.c \
	mod_mtls/trust/profile_part.c mod_mtls/trust/profile_revocation.c \
	mod_mtls/trust/revocation.c mod_mtls/trust/store.c mod_mtls/trust/validity.c \
	mod_mtls/trust/verify.c mod_mtls/trust/watch.c $(crl_fixture)

t_unit_tsan_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_memo_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_memo_LDFLAGS = -fsanitize=thread
t_unit_tsan_memo_LDADD = $(UNIT_LIBS)
t_unit_tsan_memo_SOURCES = t/unit/test_memo.c mod_mtls/trust/memo.c $(trust_fixture)

t_unit_tsan_ocsp_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_ocsp_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_ocsp_LDFLAGS = -fsanitize=thread
t_unit_tsan_ocsp_LDADD = $(UNIT_LIBS)
t_unit_tsan_ocsp_SOURCES = t/unit/test_ocsp.c mod_mtls/trust/board.c mod_mtls/trust/monotonic.c \
	mod_mtls/trust/ocsp.c mod_mtls/trust/ocsp_ask.c mod_mtls/trust/ocsp_flight.c \
	mod_mtls/trust/ocsp_memory.c mod_mtls/trust/ocsp_question.c mod_mtls/trust/ocsp_told.c \
	$(ocsp_scene)

t_unit_tsan_pace_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_pace_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_pace_LDFLAGS = -fsanitize=thread
t_unit_tsan_pace_LDADD = $(UNIT_LIBS)
t_unit_tsan_pace_SOURCES = t/unit/test_pace.c mod_mtls/trust/pace.c

t_unit_tsan_store_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_store_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_store_LDFLAGS = -fsanitize=thread
t_unit_tsan_store_LDADD = $(UNIT_LIBS)
t_unit_tsan_store_SOURCES = t/unit/test_store.c mod_mtls/trust/files.c \
	mod_mtls/trust/generation.c mod_mtls/trust/own_pool.c mod_mtls/trust/store.c

t_unit_tsan_ticket_memo_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_ticket_memo_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_ticket_memo_LDFLAGS = -fsanitize=thread -Wl,--wrap=mtls_identity_read
t_unit_tsan_ticket_memo_LDADD = $(UNIT_LIBS)
t_unit_tsan_ticket_memo_SOURCES = t/unit/test_ticket_memo.c mod_mtls/trust/own_pool.c \
	mod_mtls/trust/ticket_memo.c $(trust_fixture)

t_unit_tsan_token_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_tsan_token_CFLAGS = $(AM_CFLAGS) -g -O1 -fsanitize=thread
t_unit_tsan_token_LDFLAGS = -fsanitize=thread
t_unit_tsan_token_LDADD = $(UNIT_LIBS)
t_unit_tsan_token_SOURCES = t/unit/test_token.c mod_mtls/trust/token.c

.PHONY: check-tsan
check-tsan: $(tsan_programs)
	for t in $(tsan_programs); do CK_FORK=no TSAN_OPTIONS=halt_on_error=1 $$t || exit 1; done
