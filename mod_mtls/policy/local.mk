# SPDX-License-Identifier: Apache-2.0
libmtls_policy_la_SOURCES += \
	mod_mtls/policy/codepoint.c \
	mod_mtls/policy/directives.c \
	mod_mtls/policy/mailbox.c \
	mod_mtls/policy/profile_settings.c \
	mod_mtls/policy/reason.c \
	mod_mtls/policy/report.c \
	mod_mtls/policy/report_problem.c \
	mod_mtls/policy/require.c \
	mod_mtls/policy/settings.c \
	mod_mtls/policy/stepup.c \
	mod_mtls/policy/value.c \
	mod_mtls/policy/vars.c
