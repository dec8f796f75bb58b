# SPDX-License-Identifier: Apache-2.0
module_LTLIBRARIES += mod_mtls.la

mod_mtls_la_CPPFLAGS = $(HTTPD_ROOM_CPPFLAGS)
mod_mtls_la_LDFLAGS = -module -avoid-version -export-symbols-regex '^mtls_module$$' \
	-Wl,-z,nodelete
mod_mtls_la_LIBADD = libmtls_policy.la libmtls_trust.la libmtls_cert.la $(OPENSSL_LIBS) $(JANSSON_LIBS)
mod_mtls_la_SOURCES = \
	mod_mtls/mod_mtls.c

httpd_room_files =
