# SPDX-License-Identifier: Apache-2.0
# Each target is one file.  "make check" replays its corpus; configured with --enable-fuzzing and
# --enable-sanitizers and CC=clang, the same file becomes a libFuzzer program:
#     t/fuzz/fuzz_identity -max_total_time=60 DIRECTORY-OF-YOUR-OWN $srcdir/t/fuzz/corpus/identity
FUZZ_TARGETS =
FUZZ_CPPFLAGS = -I$(top_builddir)/rooms/httpd $(APR_CPPFLAGS) $(OPENSSL_CFLAGS)
FUZZ_LIBS = libmtls_policy.la libmtls_trust.la libmtls_cert.la \
	$(OPENSSL_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(PSL_LIBS) $(APR_LIBS)

if FUZZING
AM_CFLAGS += -fsanitize=fuzzer-no-link
FUZZ_MAIN =
FUZZ_LINK = -fsanitize=fuzzer
noinst_PROGRAMS += $(FUZZ_TARGETS)
else
FUZZ_MAIN = t/fuzz/replay.c
FUZZ_LINK =
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
endif

FUZZ_TARGETS += t/fuzz/fuzz_claims
t_fuzz_fuzz_claims_SOURCES = t/fuzz/fuzz_claims.c $(FUZZ_MAIN)
t_fuzz_fuzz_claims_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"claims"'
t_fuzz_fuzz_claims_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_claims_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_cookies
t_fuzz_fuzz_cookies_SOURCES = t/fuzz/fuzz_cookies.c $(FUZZ_MAIN)
t_fuzz_fuzz_cookies_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"cookies"'
t_fuzz_fuzz_cookies_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_cookies_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_crl_state
t_fuzz_fuzz_crl_state_SOURCES = t/fuzz/fuzz_crl_state.c $(FUZZ_MAIN)
t_fuzz_fuzz_crl_state_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"crl_state"'
t_fuzz_fuzz_crl_state_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_crl_state_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_fetch_url
t_fuzz_fuzz_fetch_url_SOURCES = t/fuzz/fuzz_fetch_url.c $(FUZZ_MAIN)
t_fuzz_fuzz_fetch_url_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"fetch_url"'
t_fuzz_fuzz_fetch_url_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_fetch_url_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += t/fuzz/fuzz_crl
t_fuzz_fuzz_crl_SOURCES = t/fuzz/fuzz_crl.c $(FUZZ_MAIN)
t_fuzz_fuzz_crl_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"crl"'
t_fuzz_fuzz_crl_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_crl_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_identity
t_fuzz_fuzz_identity_SOURCES = t/fuzz/fuzz_identity.c $(FUZZ_MAIN)
t_fuzz_fuzz_identity_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"identity"'
t_fuzz_fuzz_identity_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_identity_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_map
t_fuzz_fuzz_map_SOURCES = t/fuzz/fuzz_map.c $(FUZZ_MAIN)
t_fuzz_fuzz_map_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"map"'
t_fuzz_fuzz_map_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_map_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_name_spec
t_fuzz_fuzz_name_spec_SOURCES = t/fuzz/fuzz_name_spec.c $(FUZZ_MAIN)
t_fuzz_fuzz_name_spec_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"name_spec"'
t_fuzz_fuzz_name_spec_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_name_spec_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_ocsp_record
t_fuzz_fuzz_ocsp_record_SOURCES = t/fuzz/fuzz_ocsp_record.c $(FUZZ_MAIN)
t_fuzz_fuzz_ocsp_record_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"ocsp_record"'
t_fuzz_fuzz_ocsp_record_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ocsp_record_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_ocsp_response
t_fuzz_fuzz_ocsp_response_SOURCES = t/fuzz/fuzz_ocsp_response.c t/fuzz/ocsp_parties.h $(FUZZ_MAIN)
t_fuzz_fuzz_ocsp_response_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"ocsp_response"'
t_fuzz_fuzz_ocsp_response_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ocsp_response_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_pattern
t_fuzz_fuzz_pattern_SOURCES = t/fuzz/fuzz_pattern.c $(FUZZ_MAIN)
t_fuzz_fuzz_pattern_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"pattern"'
t_fuzz_fuzz_pattern_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_pattern_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_require
t_fuzz_fuzz_require_SOURCES = t/fuzz/fuzz_require.c $(FUZZ_MAIN)
t_fuzz_fuzz_require_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"require"'
t_fuzz_fuzz_require_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_require_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_seal
t_fuzz_fuzz_seal_SOURCES = t/fuzz/fuzz_seal.c $(FUZZ_MAIN)
t_fuzz_fuzz_seal_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"seal"'
t_fuzz_fuzz_seal_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_seal_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_session_record
t_fuzz_fuzz_session_record_SOURCES = t/fuzz/fuzz_session_record.c $(FUZZ_MAIN)
t_fuzz_fuzz_session_record_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"session_record"'
t_fuzz_fuzz_session_record_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_session_record_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_target
t_fuzz_fuzz_target_SOURCES = t/fuzz/fuzz_target.c $(FUZZ_MAIN)
t_fuzz_fuzz_target_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"target"'
t_fuzz_fuzz_target_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_target_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_template
t_fuzz_fuzz_template_SOURCES = t/fuzz/fuzz_template.c $(FUZZ_MAIN)
t_fuzz_fuzz_template_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"template"'
t_fuzz_fuzz_template_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_template_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_ticket_list
t_fuzz_fuzz_ticket_list_SOURCES = t/fuzz/fuzz_ticket_list.c $(FUZZ_MAIN)
t_fuzz_fuzz_ticket_list_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"ticket_list"'
t_fuzz_fuzz_ticket_list_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ticket_list_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_ticket_record
t_fuzz_fuzz_ticket_record_SOURCES = t/fuzz/fuzz_ticket_record.c $(FUZZ_MAIN)
t_fuzz_fuzz_ticket_record_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"ticket_record"'
t_fuzz_fuzz_ticket_record_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ticket_record_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_token
t_fuzz_fuzz_token_SOURCES = t/fuzz/fuzz_token.c $(FUZZ_MAIN)
t_fuzz_fuzz_token_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"token"'
t_fuzz_fuzz_token_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_token_LDADD = $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_trust_read
t_fuzz_fuzz_trust_read_SOURCES = t/fuzz/fuzz_trust_read.c $(FUZZ_MAIN)
t_fuzz_fuzz_trust_read_CPPFLAGS = -I$(top_builddir)/rooms/tool $(APR_CPPFLAGS) -DFUZZ_CORPUS='"trust_read"'
t_fuzz_fuzz_trust_read_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_trust_read_LDADD = libmtls_tool.la $(FUZZ_LIBS)

FUZZ_TARGETS += t/fuzz/fuzz_words
t_fuzz_fuzz_words_SOURCES = t/fuzz/fuzz_words.c $(FUZZ_MAIN)
t_fuzz_fuzz_words_CPPFLAGS = $(FUZZ_CPPFLAGS) -DFUZZ_CORPUS='"words"'
t_fuzz_fuzz_words_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_words_LDADD = $(FUZZ_LIBS)

EXTRA_PROGRAMS += t/fuzz/make_corpus
CLEANFILES += t/fuzz/make_corpus
t_fuzz_make_corpus_SOURCES = t/fuzz/make_corpus.c t/fuzz/ocsp_parties.h $(cert_fixture)
t_fuzz_make_corpus_CPPFLAGS = $(FUZZ_CPPFLAGS)
t_fuzz_make_corpus_LDADD = $(FUZZ_LIBS)

EXTRA_DIST += t/fuzz/replay.c t/fuzz/target.h t/fuzz/corpus
