# SPDX-License-Identifier: Apache-2.0
# Tests of the repository itself.  Each says in its head which mistake it is there for.
LINT_TESTS = \
	t/lint/layering.sh \
	t/lint/headers.sh \
	t/lint/exports.sh \
	t/lint/directives.sh \
	t/lint/tables.sh \
	t/lint/messages.sh \
	t/lint/threats.sh \
	t/lint/coverage.sh \
	t/lint/style.sh \
	t/lint/tally.sh \
	t/lint/selftest.sh

dist_check_SCRIPTS = $(LINT_TESTS)
TESTS += $(LINT_TESTS)
EXTRA_DIST += t/lint/lib.sh t/lint/tools.sh t/tally.py

# The tables as the documents show them.
check_PROGRAMS += t/lint/print_tables
t_lint_print_tables_SOURCES = t/lint/print_tables.c
# The counters are trust's; a list of names is all that is taken from there.
t_lint_print_tables_CPPFLAGS = $(POLICY_CPPFLAGS) $(TRUST_CPPFLAGS)
t_lint_print_tables_LDADD = libmtls_policy.la libmtls_cert.la $(OPENSSL_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(PSL_LIBS) $(APR_LIBS)

# What the tests are told: to unit tests, how many seconds one may take (Check's own 4 are few for a
# sanitizer on a busy machine); to lint tests, where everything is.
AM_TESTS_ENVIRONMENT = \
	CK_DEFAULT_TIMEOUT=60; export CK_DEFAULT_TIMEOUT; \
	MTLS_SRCDIR='$(abs_top_srcdir)'; export MTLS_SRCDIR; \
	MTLS_BUILDDIR='$(abs_top_builddir)'; export MTLS_BUILDDIR; \
	LINT_CC='$(CC) $(MTLS_CFLAGS)'; export LINT_CC; \
	LINT_CPPFLAGS_cert='$(CERT_CPPFLAGS)'; export LINT_CPPFLAGS_cert; \
	LINT_CPPFLAGS_trust='$(TRUST_CPPFLAGS)'; export LINT_CPPFLAGS_trust; \
	LINT_CPPFLAGS_policy='$(POLICY_CPPFLAGS)'; export LINT_CPPFLAGS_policy; \
	LINT_CPPFLAGS_httpd='$(HTTPD_ROOM_CPPFLAGS)'; export LINT_CPPFLAGS_httpd; \
	LINT_CPPFLAGS_tool='$(TOOL_CPPFLAGS)'; export LINT_CPPFLAGS_tool;

# The analysers, too slow for every `make check`.
.PHONY: lint-tools
lint-tools:
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/t/lint/tools.sh

.PHONY: docs
docs: t/lint/print_tables$(EXEEXT)
	t/lint/print_tables$(EXEEXT) reasons >$(srcdir)/docs/reasons.md.new && \
	  mv $(srcdir)/docs/reasons.md.new $(srcdir)/docs/reasons.md
	t/lint/print_tables$(EXEEXT) variables >$(srcdir)/docs/variables.md.new && \
	  mv $(srcdir)/docs/variables.md.new $(srcdir)/docs/variables.md
