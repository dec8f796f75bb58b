# SPDX-License-Identifier: Apache-2.0
# What of the glue runs without a server.
UNIT_TESTS += \
	t/unit/test_cache

t_unit_test_cache_CPPFLAGS = $(UNIT_CPPFLAGS) $(HTTPD_CPPFLAGS)
t_unit_test_cache_LDADD = $(UNIT_LIBS)
t_unit_test_cache_SOURCES = t/unit/test_cache.c mod_mtls/httpd/cache_breaker.c \
	mod_mtls/httpd/cache_call.c mod_mtls/httpd/cache_link.c \
	mod_mtls/httpd/cache_provider.c mod_mtls/httpd/errand.c $(named_file_fixture)
