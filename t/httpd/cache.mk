# SPDX-License-Identifier: Apache-2.0
# What processes and servers share, and the servers they share it through.
EXTRA_DIST += \
	t/httpd/mtlstest/memcached.py \
	t/httpd/mtlstest/redis.py \
	t/httpd/mtlstest/relay.py \
	t/httpd/test_cache.py \
	t/httpd/test_cache_shared.py
