# SPDX-License-Identifier: Apache-2.0
policy_tests = \
	t/unit/test_claims \
	t/unit/test_condition \
	t/unit/test_cookies \
	t/unit/test_directives \
	t/unit/test_explain \
	t/unit/test_field \
	t/unit/test_mailbox \
	t/unit/test_map \
	t/unit/test_map_faults \
	t/unit/test_map_lex \
	t/unit/test_map_part \
	t/unit/test_map_size \
	t/unit/test_notice \
	t/unit/test_page \
	t/unit/test_pattern \
	t/unit/test_principal \
	t/unit/test_reason \
	t/unit/test_report \
	t/unit/test_require \
	t/unit/test_revocation_settings \
	t/unit/test_rows \
	t/unit/test_settings \
	t/unit/test_site \
	t/unit/test_stepup \
	t/unit/test_stepup_address \
	t/unit/test_target \
	t/unit/test_template \
	t/unit/test_texts \
	t/unit/test_value \
	t/unit/test_vars \
	t/unit/test_visit
UNIT_TESTS += $(policy_tests)
EXTRA_DIST += t/unit/holder_fixture.h t/unit/map_fixture.h t/unit/run.h t/unit/policy_run.h t/unit/told.h

t_unit_test_claims_SOURCES = t/unit/test_claims.c
t_unit_test_claims_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_claims_LDADD = $(UNIT_LIBS)
t_unit_test_condition_SOURCES = t/unit/test_condition.c
t_unit_test_condition_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_condition_LDADD = $(UNIT_LIBS)
t_unit_test_cookies_SOURCES = t/unit/test_cookies.c
t_unit_test_cookies_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_cookies_LDADD = $(UNIT_LIBS)
t_unit_test_directives_SOURCES = t/unit/test_directives.c
t_unit_test_directives_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_directives_LDADD = $(UNIT_LIBS)
t_unit_test_explain_SOURCES = t/unit/test_explain.c
t_unit_test_explain_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_test_explain_LDADD = $(UNIT_LIBS)
t_unit_test_field_SOURCES = t/unit/test_field.c $(cert_fixture)
t_unit_test_field_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_field_LDADD = $(UNIT_LIBS)
t_unit_test_mailbox_SOURCES = t/unit/test_mailbox.c
t_unit_test_mailbox_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_mailbox_LDADD = $(UNIT_LIBS)
t_unit_test_map_SOURCES = t/unit/test_map.c
t_unit_test_map_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_map_LDADD = $(UNIT_LIBS)
t_unit_test_map_faults_SOURCES = t/unit/test_map_faults.c
t_unit_test_map_faults_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_map_faults_LDADD = $(UNIT_LIBS)
t_unit_test_map_lex_SOURCES = t/unit/test_map_lex.c
t_unit_test_map_lex_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_map_lex_LDADD = $(UNIT_LIBS)
t_unit_test_map_part_SOURCES = t/unit/test_map_part.c $(trust_fixture)
t_unit_test_map_part_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_map_part_LDADD = $(UNIT_LIBS)
t_unit_test_map_size_SOURCES = t/unit/test_map_size.c
t_unit_test_map_size_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_map_size_LDADD = $(UNIT_LIBS)
t_unit_test_notice_SOURCES = t/unit/test_notice.c
t_unit_test_notice_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_notice_LDADD = $(UNIT_LIBS)
t_unit_test_page_SOURCES = t/unit/test_page.c
t_unit_test_page_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_page_LDADD = $(UNIT_LIBS)
t_unit_test_pattern_SOURCES = t/unit/test_pattern.c
t_unit_test_pattern_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_pattern_LDADD = $(UNIT_LIBS)
t_unit_test_principal_SOURCES = t/unit/test_principal.c
t_unit_test_principal_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_principal_LDADD = $(UNIT_LIBS)
t_unit_test_reason_SOURCES = t/unit/test_reason.c
t_unit_test_reason_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_reason_LDADD = $(UNIT_LIBS)
t_unit_test_report_SOURCES = t/unit/test_report.c
t_unit_test_report_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_test_report_LDADD = $(UNIT_LIBS)
t_unit_test_require_SOURCES = t/unit/test_require.c
t_unit_test_require_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_require_LDADD = $(UNIT_LIBS)
t_unit_test_revocation_settings_SOURCES = t/unit/test_revocation_settings.c
t_unit_test_revocation_settings_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_revocation_settings_LDADD = $(UNIT_LIBS)
t_unit_test_rows_SOURCES = t/unit/test_rows.c
t_unit_test_rows_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_rows_LDADD = $(UNIT_LIBS)
t_unit_test_settings_SOURCES = t/unit/test_settings.c
t_unit_test_settings_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_settings_LDADD = $(UNIT_LIBS)
t_unit_test_site_SOURCES = t/unit/test_site.c
t_unit_test_site_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_site_LDADD = $(UNIT_LIBS)
t_unit_test_stepup_SOURCES = t/unit/test_stepup.c
t_unit_test_stepup_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_stepup_LDADD = $(UNIT_LIBS)
t_unit_test_stepup_address_SOURCES = t/unit/test_stepup_address.c
t_unit_test_stepup_address_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_stepup_address_LDADD = $(UNIT_LIBS)
t_unit_test_target_SOURCES = t/unit/test_target.c
t_unit_test_target_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_target_LDADD = $(UNIT_LIBS)
t_unit_test_template_SOURCES = t/unit/test_template.c
t_unit_test_template_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_template_LDADD = $(UNIT_LIBS)
t_unit_test_texts_SOURCES = t/unit/test_texts.c
t_unit_test_texts_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_test_texts_LDADD = $(UNIT_LIBS)
t_unit_test_value_SOURCES = t/unit/test_value.c
t_unit_test_value_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_value_LDADD = $(UNIT_LIBS)
t_unit_test_vars_SOURCES = t/unit/test_vars.c
t_unit_test_vars_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_vars_LDADD = $(UNIT_LIBS)
t_unit_test_visit_SOURCES = t/unit/test_visit.c
t_unit_test_visit_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_visit_LDADD = $(UNIT_LIBS)
