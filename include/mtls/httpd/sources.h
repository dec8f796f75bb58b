/*
 * mtls/httpd/sources.h - a place's sources of users, asked about the holder of a certificate.
 *
 * May include: httpd, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SOURCES_H
#define MTLS_HTTPD_SOURCES_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/httpd/conn.h"
#include "mtls/policy/source.h"
#include "mtls/policy/explain.h"
#include "mtls/policy/vars.h"
#include "mtls/trust/generation.h"

/**
 * Ask the sources in their order until one decides.
 *
 * @param out      filled; what it refers to is from r->pool, the configuration or @a generation
 * @param holder   of a certificate that was accepted
 * @param explained  mtls_explained_source_t, appended to for each source that is asked; NULL: not wanted
 * Thread: the request's own.
 */
void mtls_sources_ask(mtls_principal_t *out, request_rec *r, const mtls_sources_t *sources,
                      const mtls_generation_t *generation, const mtls_holder_t *holder,
                      apr_array_header_t *explained);

/** @return whether the answer depends on certificate, profile and generation alone, so that it need
 * not be asked for again while these stay: MTLSUser and MTLSMap. */
bool mtls_sources_are_steady(const mtls_sources_t *sources);

/**
 * Who holds the accepted certificate of @a told: remembered by the connection, or asked for now.
 *
 * @param conn    the connection, when this thread may write to it; else NULL
 * @param told    must be good, with the generation's number; its principal is set
 * @return true when told->principal lasts as long as the connection, false when as long as @a r
 */
bool mtls_sources_tell(request_rec *r, mtls_conn_t *conn, mtls_told_t *told,
                       const mtls_sources_t *sources);

#endif /* MTLS_HTTPD_SOURCES_H */
