# SPDX-License-Identifier: Apache-2.0
# The message-level clients and their tests.
EXTRA_DIST += \
	t/httpd/mtlstest/raw_answers.py \
	t/httpd/mtlstest/raw_common.py \
	t/httpd/mtlstest/raw_site.py \
	t/httpd/mtlstest/raw12.py \
	t/httpd/mtlstest/raw13.py \
	t/httpd/test_raw_handshake.py \
	t/httpd/test_raw_pha.py \
	t/httpd/test_raw_reneg.py
