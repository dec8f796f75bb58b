# SPDX-License-Identifier: Apache-2.0
libmtls_policy_la_SOURCES += \
	mod_mtls/policy/codepoint.c \
	mod_mtls/policy/condition.c \
	mod_mtls/policy/condition_parts.h \
	mod_mtls/policy/condition_write.c \
	mod_mtls/policy/directives.c \
	mod_mtls/policy/explain.c \
	mod_mtls/policy/explain_json.c \
	mod_mtls/policy/field.c \
	mod_mtls/policy/field_key.c \
	mod_mtls/policy/field_literal.c \
	mod_mtls/policy/field_read.c \
	mod_mtls/policy/field_row.h \
	mod_mtls/policy/field_value.h \
	mod_mtls/policy/field_write.c \
	mod_mtls/policy/map.c \
	mod_mtls/policy/map_ask.c \
	mod_mtls/policy/map_explain.c \
	mod_mtls/policy/map_index.c \
	mod_mtls/policy/map_lex.c \
	mod_mtls/policy/map_parse.c \
	mod_mtls/policy/map_part.c \
	mod_mtls/policy/map_result.c \
	mod_mtls/policy/map_rule.c \
	mod_mtls/policy/profile_settings.c \
	mod_mtls/policy/reason.c \
	mod_mtls/policy/report.c \
	mod_mtls/policy/report_problem.c \
	mod_mtls/policy/require.c \
	mod_mtls/policy/require_line.h \
	mod_mtls/policy/require_parse.c \
	mod_mtls/policy/rows.c \
	mod_mtls/policy/settings.c \
	mod_mtls/policy/shown.c \
	mod_mtls/policy/stepup.c \
	mod_mtls/policy/value.c \
	mod_mtls/policy/vars.c
