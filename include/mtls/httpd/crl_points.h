/*
 * mtls/httpd/crl_points.h - CRLs fetched from distribution points, by one child of the server.
 *
 * Two threads of mod_watchdog: one in a single child, which fetches what is due (mtls/trust/crl_fetch.h)
 * into MTLSStateDirectory, from where every child loads it as it loads any changed file; and one in each
 * child, which writes down there which distribution points its verified certificates name.  Requests
 * only put a URL into a short queue.
 *
 * May include: httpd, OpenSSL, mtls/httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CRL_POINTS_H
#define MTLS_HTTPD_CRL_POINTS_H

#include <httpd.h>
#include <openssl/x509.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/profile.h"

/** Opaque; made in the parent, each child has its own copy. */
typedef struct mtls_crl_points_t mtls_crl_points_t;

/** @return whether some profile of @a specs (mtls_profile_spec_t *) fetches CRLs. */
bool mtls_crl_points_wanted(const apr_array_header_t *specs);

/**
 * Give each profile that fetches its directory, and find what is missing for it: MTLSStateDirectory,
 * reloading, mod_watchdog.  At a start the directories are made, owned by the user that children run as;
 * before anything is loaded from them, so that they are not news to the children.
 * @param specs  mtls_profile_spec_t *
 */
void mtls_crl_points_check(server_rec *main, const apr_array_header_t *specs,
                           mtls_faults_t *faults, apr_pool_t *pconf);

/** For post_config: register the threads.  @return OK or an HTTP status, logged */
int mtls_crl_points_start(apr_pool_t *pconf, server_rec *main);

/** child_init hook, before mod_watchdog's. */
void mtls_crl_points_child(apr_pool_t *pchild, server_rec *main);

/** As mtls_verify_means_t.crl_wanted_fn; @a baton is the server's mtls_crl_points_t. */
void mtls_crl_points_want(void *baton, const mtls_profile_t *profile, X509 *cert);

#endif /* MTLS_HTTPD_CRL_POINTS_H */
