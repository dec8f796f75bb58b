/*
 * mtls/trust/fault.h - the list of everything wrong that one check found.
 *
 * Loaders and checks do not stop at the first mistake and do not log: they add
 * what they found here, and the caller reports all of it at once.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FAULT_H
#define MTLS_TRUST_FAULT_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/origin.h"

/** One mistake, in words that name the directive, what was found and what would be right. */
typedef struct {
    mtls_origin_t at;
    const char *text;
    bool warning; /**< true: reported, but does not stop the start */
} mtls_fault_t;

/** A growing list; not for use by two threads at once. */
typedef struct mtls_faults_t mtls_faults_t;

mtls_faults_t *mtls_faults_make(apr_pool_t *pool);

/** Add a mistake; @a format as printf, text is copied into the list's pool.  @a faults NULL: no-op. */
void mtls_faults_add(mtls_faults_t *faults, mtls_origin_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Add something worth saying that does not stop the start. */
void mtls_faults_warn(mtls_faults_t *faults, mtls_origin_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** @return number of entries, warnings included. */
int mtls_faults_count(const mtls_faults_t *faults);

/** @return number of entries that stop the start. */
int mtls_faults_error_count(const mtls_faults_t *faults);

/** @return entry @a i, in the order added, borrowed from the list. */
const mtls_fault_t *mtls_faults_get(const mtls_faults_t *faults, int i);

/**
 * @return the newest entry of OpenSSL's error queue as text from @a pool ("no detail" when the
 * queue is empty); the queue is empty afterwards.
 */
const char *mtls_fault_openssl(apr_pool_t *pool);

#endif /* MTLS_TRUST_FAULT_H */
