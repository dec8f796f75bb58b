# SPDX-License-Identifier: Apache-2.0
# Tests against a real server: `make check-httpd`, part of `make check` unless --disable-httpd-tests.
HTTPD_TEST_FILES = \
	t/httpd/conftest.py \
	t/httpd/mtlstest/__init__.py \
	t/httpd/mtlstest/clients.py \
	t/httpd/mtlstest/http1.py \
	t/httpd/mtlstest/http2.py \
	t/httpd/mtlstest/lists.py \
	t/httpd/mtlstest/oracle.py \
	t/httpd/mtlstest/pki.py \
	t/httpd/mtlstest/server.py \
	t/httpd/mtlstest/sites.py \
	t/httpd/mtlstest/tls.py \
	t/httpd/test_body.py \
	t/httpd/test_config.py \
	t/httpd/test_core.py \
	t/httpd/test_harness.py \
	t/httpd/test_map_page.py \
	t/httpd/test_matrix.py \
	t/httpd/test_modssl.py \
	t/httpd/test_mtlsctl.py \
	t/httpd/test_profiles.py \
	t/httpd/test_reload.py \
	t/httpd/test_stepup.py \
	t/httpd/test_telling.py \
	t/httpd/test_vhosts.py
EXTRA_DIST += $(HTTPD_TEST_FILES)
include t/httpd/raw.mk
include t/httpd/revocation.mk
include t/httpd/attack.mk
include t/httpd/accept.mk
include t/httpd/cache.mk
include t/httpd/living.mk
include t/httpd/memory.mk
include t/httpd/names.mk
include t/httpd/redirect.mk
include t/httpd/source.mk
include t/httpd/users.mk

# The handler whose side effects the tests judge by; never installed.
check_LTLIBRARIES += mod_oracle.la
mod_oracle_la_SOURCES = t/httpd/oracle/mod_oracle.c
mod_oracle_la_CPPFLAGS = -I$(top_builddir)/rooms/httpd $(HTTPD_CPPFLAGS) $(APR_CPPFLAGS) $(OPENSSL_CFLAGS)
mod_oracle_la_LDFLAGS = -module -avoid-version -rpath /nowhere
mod_oracle_la_LIBADD = $(OPENSSL_LIBS)

# Servers and clients mostly wait for each other.
HTTPD_TEST_JOBS = 4
HTTPD_TEST_FLAGS =

# The server tests' environment and command, from the source folder.
HTTPD_PYTEST = \
	cd "$(srcdir)" && MTLS_BUILD="$(abs_builddir)" MTLS_HTTPD="$(HTTPD)" \
	  MTLS_HTTPD_MODULES="$(HTTPD_MODULES)" MTLS_CURL="$(CURL)" MTLS_OPENSSL="$(OPENSSL)" \
	  PYTHONDONTWRITEBYTECODE=1 $(HTTPD_TEST_ENV) "$(PYTHON3)" -m pytest -p no:cacheprovider -q

.PHONY: check-httpd
check-httpd: mod_mtls.la mod_oracle.la mtlsctl$(EXEEXT) t/httpd/cache_race$(EXEEXT)
	$(HTTPD_PYTEST) -n $(HTTPD_TEST_JOBS) $(HTTPD_TEST_FLAGS) t/httpd

if HTTPD_TESTS
check-local: check-httpd
endif
