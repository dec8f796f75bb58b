/*
 * mtls/policy/vars.h - the MTLS_* variables: one table, one way to compute them.
 *
 * MTLS_VERIFY is SUCCESS for an accepted certificate, FAILED:<reason> for one that was judged or
 * not proven, NONE when there was none to judge.  MTLS_REASON is the reason's word and does not
 * exist where there is nothing to give a reason for: with SUCCESS, and where nothing was asked.
 * Whatever says GOOD without a proof, profile and good verdict is FAILED:internal.
 *
 * MTLS_USER, MTLS_GROUPS and MTLS_ATTR_* exist when the sources of the place said something of the
 * accepted certificate, MTLS_USER_REASON when they were asked and gave no user.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_VARS_H
#define MTLS_POLICY_VARS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/proof.h"
#include "mtls/policy/principal.h"
#include "mtls/policy/settings.h"
#include "mtls/trust/verdict.h"

/** Longest value of a name variable, octets. */
#define MTLS_VARS_MAX_TEXT 2048

/** What one request may be told.  Identity variables exist only while verdict is good. */
typedef struct {
    mtls_reason_t reason;          /**< GOOD, or why there is no identity; UNDECIDED: nothing was asked */
    const mtls_proof_t *proof;     /**< the accepted proof; NULL unless reason is GOOD */
    mtls_verdict_t verdict;        /**< belongs to proof */
    const char *profile;           /**< name of the accepting profile, NULL unless GOOD */
    unsigned generation;           /**< 0 when nothing is loaded */
    const mtls_principal_t *principal; /**< what the place's sources say of proof's holder; NULL: they were
                                        not asked */
} mtls_told_t;

/** @return true only when everything an identity needs is there and good. */
static inline bool mtls_told_is_good(const mtls_told_t *told)
{
    return told->reason == MTLS_REASON_GOOD && told->proof != NULL && told->profile != NULL &&
           told->verdict.reason == MTLS_REASON_GOOD;
}

/** What follows a row's name. */
typedef enum {
    MTLS_VAR_PLAIN = 0, /**< nothing */
    MTLS_VAR_INDEXED,   /**< a decimal index from 0 */
    MTLS_VAR_NAMED      /**< the name of an attribute in upper case: [A-Z][A-Z0-9_]* */
} mtls_var_form_t;

/** When a variable is put into the environment. */
typedef enum {
    MTLS_VAR_DECISION = 0, /**< always where a place asks, good or not */
    MTLS_VAR_IDENTITY,     /**< with a good verdict */
    MTLS_VAR_PEM,          /**< with a good verdict and MTLSExport cert (MTLS_CERT) */
    MTLS_VAR_PEM_CHAIN     /**< with a good verdict and MTLSExport chain (MTLS_CHAIN_n) */
} mtls_var_class_t;

/**
 * Compute one variable.
 * @param arg    of the row
 * @param index  the number after the stem, or which attribute the name after it names; 0 when the
 *               row is plain
 * @return NULL when there is no such value
 */
typedef const char *(*mtls_var_value_fn)(const mtls_told_t *told, int arg, apr_size_t index,
                                         apr_pool_t *pool);

/** One row of the table. */
typedef struct {
    const char *name;   /**< "MTLS_SUBJECT"; otherwise the stem: "MTLS_SAN_DNS_", "MTLS_ATTR_" */
    mtls_var_form_t form;
    mtls_var_class_t klass;
    mtls_var_value_fn value; /**< called only with what the class promises */
    int arg;            /**< handed to value */
    const char *help;   /**< one line, for the manual */
} mtls_var_t;

extern const mtls_var_t mtls_vars[];
extern const int mtls_var_count;

/** @return whether @a name can be one of the table's, e.g. "MTLS_SAN_DNS_0", "MTLS_ATTR_DEPT". */
bool mtls_vars_is_known(const char *name);

/**
 * Value of one variable, computed now.
 *
 * @param name  full name, e.g. "MTLS_SAN_DNS_0"
 * @return text from @a pool or static; NULL when there is no such variable, no such index, or no
 *         identity.  Never holds NUL, CR or LF except that PEM holds LF.
 */
const char *mtls_vars_value(const char *name, const mtls_told_t *told, apr_pool_t *pool);

/**
 * All variables of the given level, as name/value pairs for the environment.
 *
 * @return table from @a pool; every name once
 */
apr_table_t *mtls_vars_all(const mtls_told_t *told, mtls_export_t level, apr_pool_t *pool);

#endif /* MTLS_POLICY_VARS_H */
