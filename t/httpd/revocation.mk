# SPDX-License-Identifier: Apache-2.0
# Revocation: lists, responders and distribution points of our own, and what the server makes of them.
EXTRA_DIST += \
	t/httpd/mtlstest/crls.py \
	t/httpd/mtlstest/files.py \
	t/httpd/mtlstest/points.py \
	t/httpd/mtlstest/responder.py \
	t/httpd/mtlstest/revoking.py \
	t/httpd/mtlstest/service.py \
	t/httpd/mtlstest/sharing.py \
	t/httpd/test_cluster.py \
	t/httpd/test_cluster_store.py \
	t/httpd/test_crl.py \
	t/httpd/test_crl_fetch.py \
	t/httpd/test_crl_reload.py \
	t/httpd/test_explain_revocation.py \
	t/httpd/test_harness_revocation.py \
	t/httpd/test_living.py \
	t/httpd/test_ocsp.py \
	t/httpd/test_ocsp_life.py \
	t/httpd/test_proof_age.py \
	t/httpd/test_state_directory.py
