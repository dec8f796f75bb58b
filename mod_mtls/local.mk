# SPDX-License-Identifier: Apache-2.0
include_HEADERS = include/mod_mtls.h

noinst_LTLIBRARIES += libmtls_cert.la libmtls_trust.la libmtls_policy.la

libmtls_cert_la_CPPFLAGS = $(CERT_CPPFLAGS)
libmtls_cert_la_SOURCES =

libmtls_trust_la_CPPFLAGS = $(TRUST_CPPFLAGS)
libmtls_trust_la_SOURCES =

libmtls_policy_la_CPPFLAGS = $(POLICY_CPPFLAGS)
libmtls_policy_la_SOURCES =

include mod_mtls/cert/local.mk
include mod_mtls/trust/local.mk
include mod_mtls/policy/local.mk
include mod_mtls/httpd/local.mk
include mod_mtls/tool/local.mk

# The headers ship with the sources; configure links them into the rooms.
noinst_HEADERS = \
	$(httpd_room_files) \
	$(tool_room_files) \
	include/mtls/cert/bytes.h \
	include/mtls/cert/chain.h \
	include/mtls/cert/chain_x509.h \
	include/mtls/cert/der.h \
	include/mtls/cert/identity.h \
	include/mtls/cert/identity_read.h \
	include/mtls/cert/mark.h \
	include/mtls/cert/name_read.h \
	include/mtls/cert/name_spec.h \
	include/mtls/cert/proof.h \
	include/mtls/cert/session_record.h \
	include/mtls/cert/text.h \
	include/mtls/cert/ticket_record.h \
	include/mtls/policy/claims.h \
	include/mtls/policy/clean.h \
	include/mtls/policy/codepoint.h \
	include/mtls/policy/condition.h \
	include/mtls/policy/cookies.h \
	include/mtls/policy/directive_parsers.h \
	include/mtls/policy/directives.def \
	include/mtls/policy/directives.h \
	include/mtls/policy/explain.h \
	include/mtls/policy/field.h \
	include/mtls/policy/mailbox.h \
	include/mtls/policy/map.h \
	include/mtls/policy/map_data.h \
	include/mtls/policy/map_explain.h \
	include/mtls/policy/map_index.h \
	include/mtls/policy/map_lex.h \
	include/mtls/policy/map_parse.h \
	include/mtls/policy/map_part.h \
	include/mtls/policy/map_result.h \
	include/mtls/policy/map_rule.h \
	include/mtls/policy/notice.h \
	include/mtls/policy/page.h \
	include/mtls/policy/pattern.h \
	include/mtls/policy/principal.h \
	include/mtls/policy/reason.h \
	include/mtls/policy/report.h \
	include/mtls/policy/require.h \
	include/mtls/policy/revocation_settings.h \
	include/mtls/policy/rows.h \
	include/mtls/policy/settings.h \
	include/mtls/policy/shown.h \
	include/mtls/policy/site.h \
	include/mtls/policy/source.h \
	include/mtls/policy/stepup.h \
	include/mtls/policy/stepup_address.h \
	include/mtls/policy/target.h \
	include/mtls/policy/template.h \
	include/mtls/policy/texts.def \
	include/mtls/policy/texts.h \
	include/mtls/policy/trace.h \
	include/mtls/policy/value.h \
	include/mtls/policy/vars.h \
	include/mtls/policy/visit.h \
	include/mtls/trust/board.h \
	include/mtls/trust/bundle.h \
	include/mtls/trust/ca_names.h \
	include/mtls/trust/chain_read.h \
	include/mtls/trust/counters.def \
	include/mtls/trust/crl.h \
	include/mtls/trust/crl_check.h \
	include/mtls/trust/crl_fetch.h \
	include/mtls/trust/crl_schedule.h \
	include/mtls/trust/crl_set.h \
	include/mtls/trust/crl_state.h \
	include/mtls/trust/crl_wanted.h \
	include/mtls/trust/fault.h \
	include/mtls/trust/fetch.h \
	include/mtls/trust/fetch_address.h \
	include/mtls/trust/fetch_head.h \
	include/mtls/trust/fetch_url.h \
	include/mtls/trust/fetch_wire.h \
	include/mtls/trust/files.h \
	include/mtls/trust/forward_clock.h \
	include/mtls/trust/generation.h \
	include/mtls/trust/judge.h \
	include/mtls/trust/key_part.h \
	include/mtls/trust/keys.h \
	include/mtls/trust/ledger.h \
	include/mtls/trust/lines.h \
	include/mtls/trust/material.h \
	include/mtls/trust/memo.h \
	include/mtls/trust/monotonic.h \
	include/mtls/trust/named_file.h \
	include/mtls/trust/ocsp.h \
	include/mtls/trust/ocsp_answer.h \
	include/mtls/trust/ocsp_message.h \
	include/mtls/trust/ocsp_record.h \
	include/mtls/trust/ocsp_spec.h \
	include/mtls/trust/origin.h \
	include/mtls/trust/own_pool.h \
	include/mtls/trust/pace.h \
	include/mtls/trust/part.h \
	include/mtls/trust/path_revocation.h \
	include/mtls/trust/pem.h \
	include/mtls/trust/pins.h \
	include/mtls/trust/profile.h \
	include/mtls/trust/profile_digest.h \
	include/mtls/trust/profile_part.h \
	include/mtls/trust/profile_parts.h \
	include/mtls/trust/profile_revocation.h \
	include/mtls/trust/profile_spec.h \
	include/mtls/trust/purpose.h \
	include/mtls/trust/reason.h \
	include/mtls/trust/revocation.h \
	include/mtls/trust/revocation_spec.h \
	include/mtls/trust/seal.h \
	include/mtls/trust/secret_memory.h \
	include/mtls/trust/shared_cache.h \
	include/mtls/trust/store.h \
	include/mtls/trust/strength.h \
	include/mtls/trust/ticket_list.h \
	include/mtls/trust/ticket_list_part.h \
	include/mtls/trust/ticket_memo.h \
	include/mtls/trust/ticket_store.h \
	include/mtls/trust/token.h \
	include/mtls/trust/validity.h \
	include/mtls/trust/verdict.h \
	include/mtls/trust/verify.h \
	include/mtls/trust/verify_means.h \
	include/mtls/trust/watch.h \
	include/mtls/trust/x509_reason.h
