# SPDX-License-Identifier: Apache-2.0
# The server suite's core again, with a judge of memory: valgrind, or the sanitizers.
EXTRA_DIST += t/httpd/valgrind.supp
HTTPD_CORE_TESTS = t/httpd/test_core.py

# Undefined values are not followed: OpenSSL's random generator mixes its stack into the state, so that
# every key, and with it every octet of a request, would count as undefined.
# Each process of a server writes a report of its own; the harness wants "0 errors" in all of them.
VALGRIND = valgrind
VALGRIND_FLAGS = --vgdb=no --undef-value-errors=no --trace-children=no --child-silent-after-fork=no --num-callers=30 \
	--keep-debuginfo=yes --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --suppressions="$(abs_srcdir)/t/httpd/valgrind.supp" \
	--log-file=@ROOT@/logs/valgrind.%p

.PHONY: check-valgrind check-asan-httpd
check-valgrind: HTTPD_TEST_ENV = MTLS_HTTPD_WRAPPER='$(VALGRIND) $(VALGRIND_FLAGS)'
check-valgrind: mod_mtls.la mod_oracle.la
	$(HTTPD_PYTEST) $(HTTPD_TEST_FLAGS) $(HTTPD_CORE_TESTS)

# In a tree configured with --enable-sanitizers; the harness loads their runtime into httpd.  Beside the
# core the walks of browsers, where most is read that others have written.
SANITIZED_JOBS = 4
check-asan-httpd: mod_mtls.la mod_oracle.la mtlsctl$(EXEEXT) clock.la t/httpd/cache_race$(EXEEXT)
	$(HTTPD_PYTEST) -n $(SANITIZED_JOBS) $(HTTPD_TEST_FLAGS) $(HTTPD_CORE_TESTS) t/httpd/test_redirect*.py \
	  t/httpd/test_attack_redirect.py
