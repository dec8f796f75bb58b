# SPDX-License-Identifier: Apache-2.0
# mtlsctl: the rooms of the server without the server.  All but main() is a library, for unit tests.
bin_PROGRAMS += mtlsctl
noinst_LTLIBRARIES += libmtls_tool.la

libmtls_tool_la_CPPFLAGS = $(TOOL_CPPFLAGS)
libmtls_tool_la_SOURCES = \
	mod_mtls/tool/check_command.c \
	mod_mtls/tool/explain_command.c \
	mod_mtls/tool/map_load.c \
	mod_mtls/tool/options.c \
	mod_mtls/tool/say.c \
	mod_mtls/tool/texts_command.c \
	mod_mtls/tool/time_read.c \
	mod_mtls/tool/trust_read.c \
	mod_mtls/tool/trust_set.c

mtlsctl_CPPFLAGS = $(TOOL_CPPFLAGS)
mtlsctl_SOURCES = mod_mtls/tool/mtlsctl.c
mtlsctl_LDADD = libmtls_tool.la libmtls_policy.la libmtls_trust.la libmtls_cert.la \
	$(OPENSSL_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(PSL_LIBS) $(APR_LIBS)

tool_room_files = \
	include/mtls/tool/check_command.h \
	include/mtls/tool/explain_command.h \
	include/mtls/tool/map_load.h \
	include/mtls/tool/options.h \
	include/mtls/tool/say.h \
	include/mtls/tool/texts_command.h \
	include/mtls/tool/time_read.h \
	include/mtls/tool/trust_read.h \
	include/mtls/tool/trust_set.h
