# SPDX-License-Identifier: Apache-2.0
# From certificate to user, in a real server.
EXTRA_DIST += \
	t/httpd/test_explain.py \
	t/httpd/test_users.py
