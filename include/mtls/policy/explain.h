/*
 * mtls/policy/explain.h - why a certificate is, or is not, admitted: the whole story, as text or JSON.
 *
 * Whoever asks (mtlsctl, the handler mtls-explain) fills one struct with what it asked and what
 * was answered; the two writers tell it.  They decide nothing.
 *
 * Guarantees
 *   one line     no value brings control characters along (T-N01, T-L01); JSON is ASCII
 *   bounded      each value by MTLS_SHOWN_MAX, the steps of a source by MTLS_EXPLAIN_MAX_STEPS; what
 *                is left out is counted
 *   stable       JSON members keep their names; they are documented in mtlsctl(1)
 *
 * May include: APR, mtls/cert and mtls/trust plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_EXPLAIN_H
#define MTLS_POLICY_EXPLAIN_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "mtls/cert/identity.h"
#include "mtls/policy/principal.h"
#include "mtls/policy/trace.h"
#include "mtls/trust/verdict.h"

/** Most steps of one source that are told: its first ones, and its last MTLS_EXPLAIN_LAST_STEPS. */
#define MTLS_EXPLAIN_MAX_STEPS  1000
#define MTLS_EXPLAIN_LAST_STEPS 100

/** What one trust profile thinks of the certificate. */
typedef struct {
    const char *name;
    mtls_verdict_t verdict;
    const char *detail; /**< OpenSSL's words for verdict.x509_error; NULL: none */
} mtls_explained_profile_t;

/** What one source of users was asked, and how it came to its answer. */
typedef struct {
    const char *word;  /**< mtls_source_word() */
    const char *what;  /**< file, query or field, as the administrator wrote it */
    mtls_origin_t at;  /**< where the source was named; file NULL: not in a file */
    const mtls_trace_t *trace; /**< NULL: it tells nothing */
} mtls_explained_source_t;

/** Everything.  {0} is an explanation of nothing; pointers are borrowed. */
typedef struct {
    const char *certificate; /**< name of the file, or "posted certificate" */
    const char *url;         /**< NULL: no place was asked for */
    apr_time_t time;         /**< at which it was judged */
    bool offline;            /**< no responder could be asked: a verdict that is good but for that counts
                                  as one that admits, and is told as what it is */
    const mtls_identity_t *identity;    /**< NULL: the certificate cannot be read */
    const apr_array_header_t *profiles; /**< mtls_explained_profile_t, in the order tried; may be NULL */
    int accepted;                       /**< number of the profile that accepted, from 1; 0: none did */
    const apr_array_header_t *sources;  /**< mtls_explained_source_t, in the order asked; may be NULL */
    const mtls_principal_t *principal;  /**< NULL: nobody was asked for a user */
    mtls_reason_t reason;    /**< GOOD, or why not */
    int status;              /**< HTTP status the place would answer with; 0: no place was asked for */
    const char *require;     /**< the Require line that says no; NULL: none does */
    mtls_origin_t require_at;
} mtls_explanation_t;

/** @return whether a verdict counts as good in @a e. */
bool mtls_explanation_admits(const mtls_explanation_t *e, const mtls_verdict_t *verdict);

/**
 * Fill accepted from profiles: the first whose verdict admits at @a e->time.
 * @return the profile, or NULL when none accepts; @a e->reason is then the most telling refusal
 */
const mtls_explained_profile_t *mtls_explanation_accept(mtls_explanation_t *e);

/** @return plain text of several lines, from @a pool. */
const char *mtls_explanation_write(const mtls_explanation_t *e, apr_pool_t *pool);

/** @return one JSON object and a line end, from @a pool; NULL only when memory is out. */
const char *mtls_explanation_write_json(const mtls_explanation_t *e, apr_pool_t *pool);

/** @return "passed", "unknown" or "decided"; static storage. */
const char *mtls_explanation_end_word(mtls_trace_end_t end);

/** @return verdict.reason, but for a good verdict that does not admit: EXPIRED when it no longer holds,
 * OCSP_UNREACHABLE when a responder should have been asked and was not. */
mtls_reason_t mtls_explanation_verdict_reason(const mtls_explanation_t *e,
                                              const mtls_verdict_t *verdict);

/**
 * The step of @a trace in position @a i of those told.
 *
 * @param told  number of positions
 * @return NULL where @a omitted steps were left out
 */
const mtls_trace_step_t *mtls_explanation_step(const mtls_trace_t *trace, int i, int *told,
                                               int *omitted);

#endif /* MTLS_POLICY_EXPLAIN_H */
