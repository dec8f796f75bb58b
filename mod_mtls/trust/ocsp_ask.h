/*
 * mod_mtls/trust/ocsp_ask.h - one question to one responder: request, fetch, read.
 *
 * May include: OpenSSL, APR, mtls/cert plain headers, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_ASK_H
#define MTLS_TRUST_OCSP_ASK_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/fetch.h"
#include "mtls/trust/ocsp_message.h"

/** Whom to ask; from mtls_ocsp_find_responder(). */
typedef struct {
    const char *url;    /**< NULL: there is nobody */
    const char *server; /**< scheme, host and port of it */
    bool from_cert;     /**< the certificate named it, not the configuration */
} mtls_ocsp_asked_t;

/** What its server is good for. */
typedef enum {
    MTLS_OCSP_SERVER_UNHEARD = 0, /**< it was not reached, for reasons that are not its own */
    MTLS_OCSP_SERVER_ANSWERS,
    MTLS_OCSP_SERVER_FAILS
} mtls_ocsp_server_t;

/** What came. */
typedef struct {
    mtls_ocsp_answer_t answer; /**< word GOOD, REVOKED, UNKNOWN, or SILENT, UNUSABLE */
    mtls_ocsp_server_t server;
    const char *text; /**< what went wrong, clean; NULL: nothing, or nobody needs to know */
} mtls_ocsp_outcome_t;

mtls_ocsp_asked_t mtls_ocsp_find_responder(const mtls_ocsp_question_t *question, apr_pool_t *pool);

/** Ask; blocks as mtls_fetch() does, within the rules' timeout.  @param now  wall clock */
mtls_ocsp_outcome_t mtls_ocsp_ask(const mtls_fetch_means_t *means, const mtls_ocsp_asked_t *asked,
                                  const mtls_ocsp_question_t *question, apr_time_t now,
                                  apr_pool_t *pool);

#endif /* MTLS_TRUST_OCSP_ASK_H */
