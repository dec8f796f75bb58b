/*
 * mtls/httpd/own_origin.h - the origin that a request is for, as its browser sees it and as the
 * administrator has named it: never what a client or a proxy says of it (S-32).
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_OWN_ORIGIN_H
#define MTLS_HTTPD_OWN_ORIGIN_H

#include <httpd.h>
#include <stdbool.h>

/** @return "https://www.example.org[:port]" from r->pool: the Host where it is ServerName or a
 * ServerAlias and UseCanonicalName is off, else ServerName; ServerName's port, or the connection's. */
const char *mtls_own_origin(request_rec *r);

/** @return whether that is where the browser believes to be: what is set there, cookies, it finds again. */
bool mtls_own_origin_is_seen(request_rec *r);

/** @return whether @a host, any case, is ServerName or a ServerAlias of @a s. */
bool mtls_own_origin_is_name(const server_rec *s, const char *host);

/** @return whether the origin of requests for @a s can have this port: that of ServerName, or one of its
 * addresses. */
bool mtls_own_origin_has_port(const server_rec *s, apr_port_t port);

#endif /* MTLS_HTTPD_OWN_ORIGIN_H */
