# SPDX-License-Identifier: Apache-2.0
# What processes and servers share, and the servers they share it through.
EXTRA_DIST += \
	t/httpd/mtlstest/memcached.py \
	t/httpd/mtlstest/redis.py \
	t/httpd/mtlstest/relay.py \
	t/httpd/test_cache.py \
	t/httpd/test_cache_shared.py

# The cache over the providers of httpd, without httpd: what the modules need is exported by the program.
EXTRA_DIST += t/httpd/test_cache_take.py
check_PROGRAMS += t/httpd/cache_race
t_httpd_cache_race_CPPFLAGS = $(UNIT_CPPFLAGS) $(HTTPD_CPPFLAGS)
t_httpd_cache_race_LDFLAGS = -Wl,--export-dynamic
t_httpd_cache_race_LDADD = $(UNIT_LIBS)
t_httpd_cache_race_SOURCES = t/httpd/cache_race.c t/httpd/httpd_stand_in.c \
	t/httpd/httpd_stand_in.h mod_mtls/httpd/cache_breaker.c mod_mtls/httpd/cache_call.c \
	mod_mtls/httpd/cache_link.c mod_mtls/httpd/cache_provider.c mod_mtls/httpd/errand.c
