# SPDX-License-Identifier: Apache-2.0
# What of the glue runs without a server.
UNIT_TESTS += \
	t/unit/test_cache

# A thread that waits for a processor is no provider that does not answer.
t_unit_test_cache_CPPFLAGS = $(UNIT_CPPFLAGS) $(HTTPD_CPPFLAGS) \
	'-DMTLS_CACHE_PATIENCE=apr_time_from_sec(1)'
t_unit_test_cache_LDADD = $(UNIT_LIBS)
t_unit_test_cache_SOURCES = t/unit/test_cache.c mod_mtls/httpd/cache_breaker.c \
	mod_mtls/httpd/cache_call.c mod_mtls/httpd/cache_link.c \
	mod_mtls/httpd/cache_provider.c mod_mtls/httpd/errand.c $(named_file_fixture)
