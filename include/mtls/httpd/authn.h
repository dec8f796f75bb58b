/*
 * mtls/httpd/authn.h - the user of a certificate as httpd's user.
 *
 * AuthType mtls      the user of the place's sources, or a refusal that says why there is none
 * AuthType Basic,    the same when the certificate gives a user; httpd's own module asks for a
 *          Digest    password otherwise.  What a source denies was refused before.
 * MTLSFakeBasicAuth  mod_auth_basic is given the user with the password "password", as mod_ssl's
 *                    FakeBasicAuth does; only a client that proved nothing may send credentials of
 *                    its own, and never with that password (T-N11)
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_AUTHN_H
#define MTLS_HTTPD_AUTHN_H

#include <httpd.h>
#include <stdbool.h>

/** What AuthType must say, and what AUTH_TYPE then is. */
#define MTLS_AUTHN_TYPE "mtls"

/** @return whether mtls_authn_check() has something to say in this place, and has not said it yet:
 * who grants before it runs lets in somebody without a name.  It has nothing to say of those who
 * have groups and no name. */
bool mtls_authn_is_due(const request_rec *r);

/** check_authn hook, before those that ask for passwords.  A preflight that is handed on needs no user
 * where a certificate would name him: it has an empty one until mtls_authn_forbid() has run. */
int mtls_authn_check(request_rec *r);

/**
 * force_authn hook: OK where a line of an <AuthzProviderAlias> granted before mtls_authn_check()
 * ran. Others around it, such as "Require not user", cannot be right before the user is known.
 */
int mtls_authn_force(request_rec *r);

/**
 * auth_checker hook, before all others: asks the others, and where they refuse the user of a
 * certificate with 401 answers 403, since there is no password that could help (RFC 9110 section
 * 15.5.2 wants a challenge with each 401).
 */
int mtls_authn_forbid(request_rec *r);

#endif /* MTLS_HTTPD_AUTHN_H */
