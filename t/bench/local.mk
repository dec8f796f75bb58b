# SPDX-License-Identifier: Apache-2.0
# `make bench` compares the module with mod_ssl alone (docs/bench.md); no part of `make check`.
# BENCH_FLAGS=--quick is the short run.
EXTRA_PROGRAMS += t/bench/load
CLEANFILES += t/bench/load
t_bench_load_SOURCES = t/bench/load.c
t_bench_load_CPPFLAGS = -D_POSIX_C_SOURCE=200809L $(OPENSSL_CFLAGS)
t_bench_load_LDADD = $(OPENSSL_LIBS)

# t/bench/bench_map: rules files of any size, without a server.
EXTRA_PROGRAMS += t/bench/bench_map
CLEANFILES += t/bench/bench_map
t_bench_bench_map_SOURCES = t/bench/bench_map.c
t_bench_bench_map_CPPFLAGS = $(UNIT_CPPFLAGS)
t_bench_bench_map_LDADD = $(UNIT_LIBS)

EXTRA_DIST += t/bench/bench.py t/bench/pki.py t/bench/server.py t/bench/load_client.py docs/bench.md

BENCH_FLAGS =
bench: t/bench/load$(EXEEXT) mod_mtls.la
	$(PYTHON3) -B $(srcdir)/t/bench/bench.py --httpd $(HTTPD) --httpd-modules $(HTTPD_MODULES) \
		--module .libs/mod_mtls.so --load t/bench/load$(EXEEXT) $(BENCH_FLAGS)
.PHONY: bench
