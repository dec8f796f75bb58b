# SPDX-License-Identifier: Apache-2.0
libmtls_cert_la_SOURCES += \
	mod_mtls/cert/attr_type.c \
	mod_mtls/cert/chain.c \
	mod_mtls/cert/der.c \
	mod_mtls/cert/der_list.c \
	mod_mtls/cert/der_list.h \
	mod_mtls/cert/extension_read.c \
	mod_mtls/cert/extension_read.h \
	mod_mtls/cert/identity_read.c \
	mod_mtls/cert/mark.c \
	mod_mtls/cert/name_build.c \
	mod_mtls/cert/name_build.h \
	mod_mtls/cert/name_compare.c \
	mod_mtls/cert/name_oneline.c \
	mod_mtls/cert/name_parse.c \
	mod_mtls/cert/name_read.c \
	mod_mtls/cert/oid.c \
	mod_mtls/cert/oid.h \
	mod_mtls/cert/proof.c \
	mod_mtls/cert/san_read.c \
	mod_mtls/cert/san_read.h \
	mod_mtls/cert/session_record.c \
	mod_mtls/cert/sha256.c \
	mod_mtls/cert/sha256.h \
	mod_mtls/cert/string_read.c \
	mod_mtls/cert/string_read.h \
	mod_mtls/cert/text.c \
	mod_mtls/cert/ticket_record.c \
	mod_mtls/cert/utf8.c \
	mod_mtls/cert/utf8.h
