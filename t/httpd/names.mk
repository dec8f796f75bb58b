# SPDX-License-Identifier: Apache-2.0
# Names and identities: what no library would write into a certificate, and many people at once.
EXTRA_DIST += \
	t/httpd/mtlstest/naming.py \
	t/httpd/mtlstest/odd_certs.py \
	t/httpd/test_identities.py \
	t/httpd/test_names.py \
	t/httpd/test_names_unclean.py
