# SPDX-License-Identifier: Apache-2.0
# `make bench` compares the module with mod_ssl alone (docs/bench.md); no part of `make check`.
# BENCH_FLAGS=--quick and BENCH_USERS_FLAGS=--quick are the short run.
EXTRA_PROGRAMS += t/bench/load
CLEANFILES += t/bench/load
t_bench_load_SOURCES = t/bench/load.c
t_bench_load_CPPFLAGS = -D_POSIX_C_SOURCE=200809L $(OPENSSL_CFLAGS)
t_bench_load_LDADD = $(OPENSSL_LIBS)

# t/bench/bench_map: rules files of any size, without a server.
EXTRA_PROGRAMS += t/bench/bench_map
CLEANFILES += t/bench/bench_map
t_bench_bench_map_SOURCES = t/bench/bench_map.c
t_bench_bench_map_CPPFLAGS = $(BENCH_CPPFLAGS) $(UNIT_CPPFLAGS)
t_bench_bench_map_LDADD = $(UNIT_LIBS)

# t/bench/bench_crl: revocation lists of any size, without a server; t/bench/responder: whom servers ask.
EXTRA_PROGRAMS += t/bench/bench_crl t/bench/responder
CLEANFILES += t/bench/bench_crl t/bench/responder
t_bench_bench_crl_SOURCES = t/bench/bench_crl.c
t_bench_bench_crl_CPPFLAGS = $(BENCH_CPPFLAGS) $(UNIT_CPPFLAGS)
t_bench_bench_crl_LDADD = $(UNIT_LIBS)
t_bench_responder_SOURCES = t/bench/responder.c
t_bench_responder_CPPFLAGS = -D_GNU_SOURCE $(OPENSSL_CFLAGS)
t_bench_responder_LDADD = $(OPENSSL_LIBS) -lpthread

EXTRA_DIST += \
	docs/bench.md \
	t/bench/bench.py \
	t/bench/load_client.py \
	t/bench/maps.sh \
	t/bench/pki.py \
	t/bench/reload.py \
	t/bench/responder.py \
	t/bench/revocation.py \
	t/bench/revocation_lists.py \
	t/bench/revocation_ocsp.py \
	t/bench/revocation_site.py \
	t/bench/revocation_start.py \
	t/bench/server.py \
	t/bench/tickets.py \
	t/bench/tickets_site.py \
	t/bench/users.py \
	t/bench/users_site.py

BENCH_FLAGS =
BENCH_RELOAD_FLAGS =
BENCH_REVOCATION_FLAGS =
BENCH_TICKETS_FLAGS =
BENCH_USERS_FLAGS =
BENCH_SERVER = --httpd $(HTTPD) --httpd-modules $(HTTPD_MODULES) --module .libs/mod_mtls.so \
	--load t/bench/load$(EXEEXT)

.PHONY: bench bench-handshakes bench-maps bench-reload bench-revocation bench-tickets bench-users
bench: bench-handshakes bench-maps bench-reload bench-revocation bench-tickets bench-users
bench-handshakes: t/bench/load$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/bench.py $(BENCH_SERVER) $(BENCH_FLAGS)
bench-maps: t/bench/bench_map$(EXEEXT)
	$(srcdir)/t/bench/maps.sh t/bench/bench_map$(EXEEXT)
bench-reload: t/bench/bench_map$(EXEEXT) t/bench/load$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/reload.py $(BENCH_SERVER) \
		--bench-map t/bench/bench_map$(EXEEXT) $(BENCH_RELOAD_FLAGS)
bench-revocation: t/bench/bench_crl$(EXEEXT) t/bench/load$(EXEEXT) t/bench/responder$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/revocation.py $(BENCH_SERVER) \
		--bench-crl t/bench/bench_crl$(EXEEXT) --responder t/bench/responder$(EXEEXT) \
		$(BENCH_REVOCATION_FLAGS)
bench-tickets: t/bench/load$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/tickets.py $(BENCH_SERVER) $(BENCH_TICKETS_FLAGS)
bench-users: t/bench/load$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/users.py $(BENCH_SERVER) --curl $(CURL) $(BENCH_USERS_FLAGS)
