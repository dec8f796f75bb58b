# SPDX-License-Identifier: Apache-2.0
module_LTLIBRARIES += mod_mtls.la

# httpd loads mod_mtls.so; libtool's description of it is of no use to anybody there.
install-data-hook:
	rm -f "$(DESTDIR)$(moduledir)/mod_mtls.la"

uninstall-hook:
	rm -f "$(DESTDIR)$(moduledir)/mod_mtls.so"

mod_mtls_la_CPPFLAGS = $(HTTPD_ROOM_CPPFLAGS)
mod_mtls_la_LDFLAGS = -module -avoid-version -export-symbols-regex '^mtls_module$$' -Wl,-z,nodelete
mod_mtls_la_LIBADD = libmtls_policy.la libmtls_trust.la libmtls_cert.la $(OPENSSL_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(PSL_LIBS)
mod_mtls_la_SOURCES = \
	mod_mtls/mod_mtls.c \
	mod_mtls/httpd/access.c \
	mod_mtls/httpd/access_admit.c \
	mod_mtls/httpd/access_ask.c \
	mod_mtls/httpd/access_judge.c \
	mod_mtls/httpd/access_parts.h \
	mod_mtls/httpd/arrival.c \
	mod_mtls/httpd/attempt.c \
	mod_mtls/httpd/audit.c \
	mod_mtls/httpd/auth_config.c \
	mod_mtls/httpd/authn.c \
	mod_mtls/httpd/authz.c \
	mod_mtls/httpd/body.c \
	mod_mtls/httpd/cache.c \
	mod_mtls/httpd/cache_breaker.c \
	mod_mtls/httpd/cache_call.c \
	mod_mtls/httpd/cache_link.c \
	mod_mtls/httpd/cache_parts.h \
	mod_mtls/httpd/cache_provider.c \
	mod_mtls/httpd/cache_tickets.c \
	mod_mtls/httpd/carried.c \
	mod_mtls/httpd/check.c \
	mod_mtls/httpd/coalescing.c \
	mod_mtls/httpd/commands.c \
	mod_mtls/httpd/conf_walk.c \
	mod_mtls/httpd/config.c \
	mod_mtls/httpd/conn.c \
	mod_mtls/httpd/crl_ends.c \
	mod_mtls/httpd/crl_points.c \
	mod_mtls/httpd/digest.c \
	mod_mtls/httpd/dump.c \
	mod_mtls/httpd/endpoint.c \
	mod_mtls/httpd/env.c \
	mod_mtls/httpd/errand.c \
	mod_mtls/httpd/explain.c \
	mod_mtls/httpd/fetching.c \
	mod_mtls/httpd/fixup.c \
	mod_mtls/httpd/handshake.c \
	mod_mtls/httpd/host.c \
	mod_mtls/httpd/inner.c \
	mod_mtls/httpd/judgement.c \
	mod_mtls/httpd/live.c \
	mod_mtls/httpd/logout.c \
	mod_mtls/httpd/modssl_config.c \
	mod_mtls/httpd/network.c \
	mod_mtls/httpd/outside.c \
	mod_mtls/httpd/own_origin.c \
	mod_mtls/httpd/place.c \
	mod_mtls/httpd/refuse.c \
	mod_mtls/httpd/rehearsal.c \
	mod_mtls/httpd/reload.c \
	mod_mtls/httpd/request.c \
	mod_mtls/httpd/responders.c \
	mod_mtls/httpd/revoked_tickets.c \
	mod_mtls/httpd/rights.c \
	mod_mtls/httpd/round.c \
	mod_mtls/httpd/sending.c \
	mod_mtls/httpd/session.c \
	mod_mtls/httpd/shown_ticket.c \
	mod_mtls/httpd/source_check.c \
	mod_mtls/httpd/source_dbm.c \
	mod_mtls/httpd/source_sql.c \
	mod_mtls/httpd/sources.c \
	mod_mtls/httpd/start.c \
	mod_mtls/httpd/status.c \
	mod_mtls/httpd/stepup_check.c \
	mod_mtls/httpd/stepup_places.c \
	mod_mtls/httpd/ticket_time.c \
	mod_mtls/httpd/tokens.c \
	mod_mtls/httpd/told.c \
	mod_mtls/httpd/visit_of.c \
	mod_mtls/httpd/waypoints.c \
	mod_mtls/httpd/wire.c

httpd_room_files = \
	include/mtls/httpd/access.h \
	include/mtls/httpd/arrival.h \
	include/mtls/httpd/attempt.h \
	include/mtls/httpd/audit.h \
	include/mtls/httpd/auth_config.h \
	include/mtls/httpd/authn.h \
	include/mtls/httpd/authz.h \
	include/mtls/httpd/body.h \
	include/mtls/httpd/cache.h \
	include/mtls/httpd/carried.h \
	include/mtls/httpd/check.h \
	include/mtls/httpd/coalescing.h \
	include/mtls/httpd/conf_walk.h \
	include/mtls/httpd/config.h \
	include/mtls/httpd/conn.h \
	include/mtls/httpd/crl_ends.h \
	include/mtls/httpd/crl_points.h \
	include/mtls/httpd/digest.h \
	include/mtls/httpd/dump.h \
	include/mtls/httpd/endpoint.h \
	include/mtls/httpd/env.h \
	include/mtls/httpd/errand.h \
	include/mtls/httpd/explain.h \
	include/mtls/httpd/fetching.h \
	include/mtls/httpd/fixup.h \
	include/mtls/httpd/handshake.h \
	include/mtls/httpd/host.h \
	include/mtls/httpd/inner.h \
	include/mtls/httpd/judgement.h \
	include/mtls/httpd/live.h \
	include/mtls/httpd/logout.h \
	include/mtls/httpd/message.h \
	include/mtls/httpd/modssl_config.h \
	include/mtls/httpd/network.h \
	include/mtls/httpd/outside.h \
	include/mtls/httpd/own_origin.h \
	include/mtls/httpd/place.h \
	include/mtls/httpd/refuse.h \
	include/mtls/httpd/rehearsal.h \
	include/mtls/httpd/reload.h \
	include/mtls/httpd/request.h \
	include/mtls/httpd/responders.h \
	include/mtls/httpd/revoked_tickets.h \
	include/mtls/httpd/rights.h \
	include/mtls/httpd/round.h \
	include/mtls/httpd/sending.h \
	include/mtls/httpd/session.h \
	include/mtls/httpd/shown_ticket.h \
	include/mtls/httpd/source_check.h \
	include/mtls/httpd/source_dbm.h \
	include/mtls/httpd/source_sql.h \
	include/mtls/httpd/sources.h \
	include/mtls/httpd/start.h \
	include/mtls/httpd/status.h \
	include/mtls/httpd/stepup_check.h \
	include/mtls/httpd/stepup_places.h \
	include/mtls/httpd/ticket_time.h \
	include/mtls/httpd/tokens.h \
	include/mtls/httpd/told.h \
	include/mtls/httpd/visit_of.h \
	include/mtls/httpd/waypoints.h \
	include/mtls/httpd/wire.h
