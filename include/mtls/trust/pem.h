/*
 * mtls/trust/pem.h - cut a PEM file into its blocks, strictly.
 *
 * OpenSSL's reader skips what it does not like; a file that trust is built on must not
 * be half read.  This one either yields a block or says on which line it cannot.  Text between
 * blocks is allowed (people annotate bundles), octets that are no text are not.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PEM_H
#define MTLS_TRUST_PEM_H

#include <apr_pools.h>

#include "mtls/cert/bytes.h"

/** Labels of blocks that are decoded here. */
#define MTLS_PEM_CERTIFICATE "CERTIFICATE"
#define MTLS_PEM_CRL         "X509 CRL"

/** Where the next block is looked for; make one with mtls_pem_init(). */
typedef struct {
    mtls_bytes_t rest;
    int line;           /**< 1-based number of the line that rest begins with */
    const char *wanted; /**< label of the blocks that are decoded */
} mtls_pem_cursor_t;

/** What mtls_pem_next() found. */
typedef enum {
    MTLS_PEM_END = 0, /**< nothing more */
    MTLS_PEM_BLOCK,   /**< a whole block */
    MTLS_PEM_BROKEN   /**< see problem; the cursor stands behind it */
} mtls_pem_result_t;

/** One block; label and problem are NUL-terminated text from the pool. */
typedef struct {
    const char *label; /**< between "-----BEGIN " and "-----" */
    int line;          /**< of the BEGIN, or of the problem */
    mtls_bytes_t der;  /**< decoded content, from the pool; only of blocks of the wanted label */
    const char *problem;
} mtls_pem_block_t;

/** @return true when @a text has a BEGIN line anywhere: only then is it PEM. */
bool mtls_pem_check(mtls_bytes_t text);

/** Stand at the beginning of @a text (borrowed); a UTF-8 byte order mark is skipped.  Certificates are
 * wanted. */
void mtls_pem_init(mtls_pem_cursor_t *cursor, mtls_bytes_t text);

/** The same for blocks of another label, static text. */
void mtls_pem_init_for(mtls_pem_cursor_t *cursor, mtls_bytes_t text, const char *label);

/** Find the next block. */
mtls_pem_result_t mtls_pem_next(mtls_pem_block_t *block, mtls_pem_cursor_t *cursor,
                                apr_pool_t *pool);

#endif /* MTLS_TRUST_PEM_H */
