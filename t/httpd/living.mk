# SPDX-License-Identifier: Apache-2.0
# Living trust: load while everything is replaced, and faults.
EXTRA_DIST += \
	t/httpd/mtlstest/living.py \
	t/httpd/mtlstest/loading.py \
	t/httpd/mtlstest/vitals.py \
	t/httpd/test_faults.py \
	t/httpd/test_reload_load.py

# `make soak`: a minute of everything at once, as fast as the machine goes (docs/soak.md).
SOAK_SECONDS = 60
.PHONY: soak
soak: HTTPD_TEST_ENV = MTLS_SOAK_SECONDS=$(SOAK_SECONDS) MTLS_LOAD="$(abs_builddir)/t/bench/load$(EXEEXT)"
soak: mod_mtls.la mod_oracle.la t/bench/load$(EXEEXT)
	$(HTTPD_PYTEST) -s $(HTTPD_TEST_FLAGS) t/httpd/test_reload_load.py
