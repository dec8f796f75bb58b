# SPDX-License-Identifier: Apache-2.0
libmtls_trust_la_SOURCES += \
	mod_mtls/trust/bundle.c \
	mod_mtls/trust/ca_names.c \
	mod_mtls/trust/chain_read.c \
	mod_mtls/trust/crl.c \
	mod_mtls/trust/crl_check.c \
	mod_mtls/trust/crl_entry.c \
	mod_mtls/trust/crl_entry.h \
	mod_mtls/trust/crl_index.c \
	mod_mtls/trust/crl_index.h \
	mod_mtls/trust/crl_parts.c \
	mod_mtls/trust/crl_parts.h \
	mod_mtls/trust/crl_scope.c \
	mod_mtls/trust/crl_scope.h \
	mod_mtls/trust/crl_signature.c \
	mod_mtls/trust/crl_signature.h \
	mod_mtls/trust/fault.c \
	mod_mtls/trust/files.c \
	mod_mtls/trust/generation.c \
	mod_mtls/trust/judge.c \
	mod_mtls/trust/ledger.c \
	mod_mtls/trust/material.c \
	mod_mtls/trust/memo.c \
	mod_mtls/trust/own_pool.c \
	mod_mtls/trust/pem.c \
	mod_mtls/trust/pins.c \
	mod_mtls/trust/profile.c \
	mod_mtls/trust/profile_digest.c \
	mod_mtls/trust/profile_part.c \
	mod_mtls/trust/purpose.c \
	mod_mtls/trust/revocation.c \
	mod_mtls/trust/store.c \
	mod_mtls/trust/strength.c \
	mod_mtls/trust/validity.c \
	mod_mtls/trust/verify.c \
	mod_mtls/trust/watch.c \
	mod_mtls/trust/x509_reason.c
