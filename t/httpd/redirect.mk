# SPDX-License-Identifier: Apache-2.0
# Step-up by redirect: browsers and programs that are sent from host to host.
EXTRA_DIST += \
	t/httpd/mtlstest/clock.py \
	t/httpd/mtlstest/memory.py \
	t/httpd/mtlstest/ports.py \
	t/httpd/mtlstest/roundtrip.py \
	t/httpd/mtlstest/stepping.py \
	t/httpd/test_harness_roundtrip.py \
	t/httpd/test_recipes_redirect.py \
	t/httpd/test_redirect.py \
	t/httpd/test_redirect_accept.py \
	t/httpd/test_redirect_cluster.py \
	t/httpd/test_redirect_config.py \
	t/httpd/test_redirect_hidden.py \
	t/httpd/test_redirect_keys.py \
	t/httpd/test_redirect_lifetime.py \
	t/httpd/test_redirect_pages.py \
	t/httpd/test_redirect_post.py \
	t/httpd/test_redirect_programs.py \
	t/httpd/test_redirect_revoked.py \
	t/httpd/test_redirect_security.py \
	t/httpd/test_redirect_store.py
