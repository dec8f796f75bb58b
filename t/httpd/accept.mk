# SPDX-License-Identifier: Apache-2.0
# What an administrator does with it: combinations, the manual's examples, the recipes.
EXTRA_DIST += \
	t/httpd/test_accept.py \
	t/httpd/test_accept_users.py \
	t/httpd/test_manual.py \
	t/httpd/test_recipes.py \
	t/httpd/test_recipes_revocation.py \
	t/httpd/test_recipes_users.py
