/*
 * mtls/policy/trace.h - what was tried, rule by rule, for "explain".
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_TRACE_H
#define MTLS_POLICY_TRACE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "mtls/trust/origin.h"

/** What became of one rule or source. */
typedef enum {
    MTLS_TRACE_PASSED = 0, /**< a condition did not hold */
    MTLS_TRACE_UNKNOWN,    /**< a condition could not be decided */
    MTLS_TRACE_DECIDED     /**< this one gave the answer */
} mtls_trace_end_t;

/** One step. */
typedef struct {
    mtls_origin_t at;
    mtls_trace_end_t end;
    const char *text; /**< the first condition that did not hold, or what the rule gave */
} mtls_trace_step_t;

/** A growing list of mtls_trace_step_t; one thread's. */
typedef struct {
    apr_pool_t *pool;
    apr_array_header_t *steps;
} mtls_trace_t;

mtls_trace_t *mtls_trace_make(apr_pool_t *pool);

/** @param trace  NULL: nothing happens; text is copied */
void mtls_trace_add(mtls_trace_t *trace, mtls_origin_t at, mtls_trace_end_t end, const char *text);

#endif /* MTLS_POLICY_TRACE_H */
