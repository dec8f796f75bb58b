# SPDX-License-Identifier: Apache-2.0
libmtls_policy_la_SOURCES += \
	mod_mtls/policy/reason.c \
	mod_mtls/policy/stepup.c
