/*
 * mtls/policy/site.h - whether two hosts are of one site, as browsers see it: the same registrable domain by
 * the Public Suffix List (RFC 6265bis, section 5.2; libpsl has the list).  Cookies with SameSite come along
 * within a site only.
 *
 * May include: nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_SITE_H
#define MTLS_POLICY_SITE_H

#include <stdbool.h>

/** @param a, b  host names, without ports, any case; addresses and single labels are of one site only with
 * themselves.  Thread: any. */
bool mtls_site_is_same(const char *a, const char *b);

#endif /* MTLS_POLICY_SITE_H */
