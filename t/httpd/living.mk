# SPDX-License-Identifier: Apache-2.0
# Living trust: load while everything is replaced, and faults.
EXTRA_DIST += \
	docs/soak.md \
	t/httpd/mtlstest/living.py \
	t/httpd/mtlstest/loading.py \
	t/httpd/mtlstest/vitals.py \
	t/httpd/test_faults.py \
	t/httpd/test_faults_restart.py \
	t/httpd/test_reload_load.py \
	t/httpd/test_reload_memory.py

# A wall clock that jumps, preloaded into servers; never installed.
check_LTLIBRARIES += clock.la
clock_la_SOURCES = t/httpd/clock/clock.c
clock_la_LDFLAGS = -module -avoid-version -rpath /nowhere

# How threads end; preloaded, and never installed.
check_LTLIBRARIES += ends.la
ends_la_SOURCES = t/httpd/ends/ends.c
ends_la_LDFLAGS = -module -avoid-version -rpath /nowhere
check-httpd: clock.la ends.la

# `make soak`: a minute of everything at once, as fast as the machine goes (docs/soak.md).
SOAK_SECONDS = 60
.PHONY: soak
soak: HTTPD_TEST_ENV = MTLS_SOAK_SECONDS=$(SOAK_SECONDS) MTLS_LOAD="$(abs_builddir)/t/bench/load$(EXEEXT)"
soak: mod_mtls.la mod_oracle.la clock.la t/bench/load$(EXEEXT)
	$(HTTPD_PYTEST) -s $(HTTPD_TEST_FLAGS) t/httpd/test_reload_load.py t/httpd/test_reload_memory.py \
	  t/httpd/test_faults.py::test_F_19_odd_bundle t/httpd/test_faults.py::test_F_19_too_many_names
