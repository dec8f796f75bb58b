/*
 * policy/revocation_words.h - what the parsers of MTLSCRL... and MTLSOCSP... have in common.
 *
 * May include: mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REVOCATION_WORDS_H
#define MTLS_POLICY_REVOCATION_WORDS_H

#include <stdbool.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/value.h"
#include "mtls/trust/revocation_spec.h"

/** What the words behind chain or leaf say, in any order. */
typedef struct {
    mtls_lack_t lack;          /**< unset: not said */
    bool hard;                 /**< MTLSCRLCheck hard */
    apr_interval_time_t grace; /**< 0: not said */
} mtls_manner_t;

/** grace=@a text.  @return NULL or the fault. */
const char *mtls_manner_grace(mtls_manner_t *manner, const char *text, apr_pool_t *pool);

/**
 * One of two words that exclude each other.
 * @param use  for the fault: what may stand there
 * @return NULL or the fault
 */
const char *mtls_manner_lack(mtls_manner_t *manner, const char *text, const mtls_word_t *words,
                             const char *use, apr_pool_t *pool);

/** Keep the place of the first directive of a kind, once it was found right.  @return @a fault. */
const char *mtls_noted(mtls_origin_t *at, const char *fault, const mtls_parse_t *parse);

#endif /* MTLS_POLICY_REVOCATION_WORDS_H */
