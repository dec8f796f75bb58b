# SPDX-License-Identifier: Apache-2.0
# Tests that attack the module as a whole: requests, configurations, mod_ssl beside it, and time.
EXTRA_DIST += \
	t/httpd/test_attack_config.py \
	t/httpd/test_attack_life.py \
	t/httpd/test_attack_modssl.py \
	t/httpd/test_attack_redirect.py \
	t/httpd/test_attack_request.py \
	t/httpd/test_attack_revocation.py \
	t/httpd/test_attack_users.py
