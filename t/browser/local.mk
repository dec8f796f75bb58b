# SPDX-License-Identifier: Apache-2.0
# Tests with real browsers: `make check-browser`, part of `make check` unless --disable-browser-tests
# or --disable-httpd-tests.  Chromium must be there; Firefox is tested where it is installed.
EXTRA_DIST += \
	t/browser/browsing/__init__.py \
	t/browser/browsing/cdp.py \
	t/browser/browsing/chromium.py \
	t/browser/browsing/firefox.py \
	t/browser/browsing/marionette.py \
	t/browser/browsing/pipe.py \
	t/browser/browsing/process.py \
	t/browser/browsing/servers.py \
	t/browser/browsing/stores.py \
	t/browser/browsing/tab.py \
	t/browser/browsing/websocket.py \
	t/browser/conftest.py \
	t/browser/test_forms.py \
	t/browser/test_harness.py \
	t/browser/test_howto.py \
	t/browser/test_logout.py \
	t/browser/test_managed.py \
	t/browser/test_names.py \
	t/browser/test_pages.py \
	t/browser/test_refusals.py \
	t/browser/test_visits.py

# Browsers mostly wait.
BROWSER_TEST_JOBS = 3
BROWSER_TEST_FLAGS =

.PHONY: check-browser
check-browser: mod_mtls.la mod_oracle.la clock.la
	$(HTTPD_PYTEST) -n $(BROWSER_TEST_JOBS) --dist loadfile $(BROWSER_TEST_FLAGS) t/browser

# BROWSER_CHECK= on the command line leaves it to another time.
if BROWSER_TESTS
BROWSER_CHECK = check-browser
check-local: $(BROWSER_CHECK)
endif
